import { isUtf8 } from 'node:buffer';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { isJsonObject, type Json, type JsonObject } from '../shapes/json.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { fsErrorCode } from './fs-error.js';
import { toMutationError } from './mutation-error.js';
import { nameOf } from './normalise-path.js';
import { textKeepingNumbers } from './raw-sidecar-numbers.js';
import { checkSidecar, parseJsonText } from './sidecar-file.js';
import { MAX_SIDECAR_BYTES } from './small-file-reader.js';

/** With an indented line for every value, the text of a few kilobytes of brackets would be gigabytes. */
const MAX_DEPTH = 200;

/** A sidecar as it is in its file, unknown members and their order included. */
export interface RawSidecar {
  readonly text: string;
  readonly value: JsonObject;
}

/**
 * Reads a sidecar that is to be edited; undefined when there is none.
 *
 * Invariant: a sidecar that cannot be read is never taken for an empty one; without JSON it throws `sidecar_unusable`.
 */
export async function readRawSidecar(
  path: string,
  files: Pick<FileOperations, 'stat' | 'readFile'>,
): Promise<RawSidecar | undefined> {
  const bytes = await readBytes(path, files);
  if (bytes === undefined) return undefined;
  if (!isUtf8(bytes)) throw sidecarUnusable(path, 'It is not valid UTF-8.');
  const text = bytes.toString('utf8');
  const value = parseJsonText(text);
  if (!isJsonObject(value)) throw sidecarUnusable(path, 'It is not a JSON object.');
  if (isDeeperThan(MAX_DEPTH, value)) throw sidecarUnusable(path, 'It is nested too deeply.');
  return { text, value };
}

/**
 * The text of a sidecar: two spaces, no line break at the end. Throws `validation_failed` for one that is nested too deeply.
 *
 * @param before The text that it takes the place of: numbers that JavaScript would round stay as they are written there.
 */
export function sidecarText(value: JsonObject, before?: string): string {
  if (isDeeperThan(MAX_DEPTH, value)) throw unstorable('They are nested too deeply.');
  return before === undefined ? JSON.stringify(value, null, 2) : textKeepingNumbers(value, before);
}

/** A sidecar that was read, or made of another tool's file, as it would be in its file. */
export function rawSidecarOf(sidecar: Partial<Sidecar>): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(sidecar));
  return isJsonObject(value) ? value : {};
}

/** Throws `validation_failed` for a text that a scan would not read back: nothing of the kind is ever written. */
export function assertReadable(text: string): void {
  const isLarge = Buffer.byteLength(text) > MAX_SIDECAR_BYTES;
  const checked = isLarge ? undefined : checkSidecar(parseJsonText(text));
  if (checked?.kind === 'ok') return;
  throw unstorable(checked?.message ?? 'They are larger than 16 MiB.');
}

/** What is answered for a sidecar that is there and cannot be used. */
export function sidecarUnusable(path: string, reason: string): ModelshelfError {
  const message = `The sidecar "${nameOf(path)}" cannot be used, so nothing was changed. ${reason}`;
  return new ModelshelfError('sidecar_unusable', message);
}

function unstorable(reason: string): ModelshelfError {
  return new ModelshelfError('validation_failed', `These metadata cannot be stored. ${reason}`);
}

function isDeeperThan(depth: number, value: Json | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member: Json | undefined) => isDeeperThan(depth - 1, member));
}

async function readBytes(path: string, files: Pick<FileOperations, 'stat' | 'readFile'>): Promise<Buffer | undefined> {
  try {
    const status = await files.stat(path);
    // A pipe of this name would block for ever.
    if (!status.isFile()) throw sidecarUnusable(path, 'It is not a file.');
    if (status.size > MAX_SIDECAR_BYTES) throw sidecarUnusable(path, 'It is larger than 16 MiB.');
    return await files.readFile(path);
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return undefined;
    throw error instanceof ModelshelfError ? error : toMutationError(error, path);
  }
}
