import { isJsonObject } from '../shapes/json.js';
import { sidecarSchema, type Sidecar } from '../shapes/sidecar.js';
import { folderOf, joinPath, nameOf, stemOf } from './normalise-path.js';

/** What reading a sidecar gives: the sidecar, or why there is none. */
export type SidecarResult =
  | { readonly kind: 'ok'; readonly sidecar: Sidecar }
  | { readonly kind: 'corrupt'; readonly message: string }
  | { readonly kind: 'incomplete'; readonly field: string; readonly message: string };

/** What follows the stem of a model in the name of its sidecar. */
export const SIDECAR_SUFFIX = '.metadata.json';

/** Name of the sidecar of a model file; files that differ only in their extension share it. */
export function sidecarNameOf(modelName: string): string {
  return stemOf(modelName) + SIDECAR_SUFFIX;
}

/** Path of the sidecar of a model file. */
export function sidecarPathOf(modelPath: string): string {
  const folder = folderOf(modelPath);
  return joinPath(folder, sidecarNameOf(nameOf(modelPath)));
}

/** Bytes by which a size that came from a catalogue may differ from the real one: catalogues round. */
export const SIZE_TOLERANCE = 1024;

/**
 * Tells whether the digests of a sidecar can be those of a file of this size: of a file that was replaced they are not.
 * A size of 0 or less says nothing.
 */
export function describesSize(sidecar: { readonly size?: number }, size: number): boolean {
  const stated = sidecar.size ?? 0;
  return stated <= 0 || Math.abs(stated - size) <= SIZE_TOLERANCE;
}

type Draft = { [key: string]: unknown };

const NUMBERS = ['size', 'modified', 'preview_nsfw_level', 'last_checked_at'];
const REQUIRED_TEXTS = ['file_name', 'model_name', 'file_path', 'sha256'];
const TEXTS = ['notes', 'usage_tips'];

/** Brings older shapes into today's, in memory only: the file is the user's. */
function migrate(draft: Draft): void {
  for (const key of NUMBERS) {
    const value = draft[key];
    if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) draft[key] = Number(value);
    else if (value === null) draft[key] = 0;
  }
  for (const key of REQUIRED_TEXTS) if (draft[key] === null) draft[key] = '';
  for (const key of TEXTS) {
    const value = draft[key];
    if (value === null) draft[key] = '';
    else if (value !== undefined && typeof value !== 'string') draft[key] = JSON.stringify(value);
  }
  if (draft['sub_type'] === undefined && typeof draft['model_type'] === 'string')
    draft['sub_type'] = draft['model_type'];
}

const refused: SidecarResult = { kind: 'corrupt', message: 'The sidecar is not valid JSON.' };

/** Below this length even the deepest text is read in no time. */
const HARMLESS_LENGTH = 64 * 1024;
const DEEPEST = 1_000;
const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const OPENING = new Set(['[', '{'].map((bracket) => bracket.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((bracket) => bracket.charCodeAt(0)));

/** Tells whether a text is nested so deeply that parsing its few megabytes would take many seconds. */
function isTooDeep(text: string): boolean {
  if (text.length < HARMLESS_LENGTH) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString && code === BACKSLASH) at++;
    else if (code === QUOTE) inString = !inString;
    else if (inString) continue;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** The value of a JSON text, which may begin with a byte order mark; undefined when it is none that can be used. */
export function parseJsonText(text: string): unknown {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** Checks a parsed sidecar and brings older shapes into today's; the object passed in is used up. Never throws. */
export function checkSidecar(value: unknown): SidecarResult {
  if (value === undefined) return refused;
  if (!isJsonObject(value)) return { kind: 'corrupt', message: 'The sidecar is not a JSON object.' };
  const draft: Draft = value;
  try {
    migrate(draft);
  } catch {
    // Notes that are nested too deeply to be written as text.
    return refused;
  }
  const parsed = sidecarSchema.safeParse(draft);
  if (parsed.success) return { kind: 'ok', sidecar: parsed.data };
  const field = String(parsed.error.issues[0]?.path[0] ?? '');
  const how = draft[field] === undefined ? 'lacks the required field' : 'has a value of the wrong type in the field';
  return { kind: 'incomplete', field, message: `The sidecar ${how} "${field}".` };
}

/**
 * Reads the text of a sidecar: a byte order mark and older shapes are tolerated, unknown fields are kept verbatim.
 *
 * Never throws, and never writes anything.
 */
export function parseSidecar(text: string): SidecarResult {
  return checkSidecar(parseJsonText(text));
}
