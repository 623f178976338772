import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../shapes/json.js';
import type { SettingsChanges } from '../../shapes/settings-patch.js';
import { isSettingKey, LIBRARY_KEYS, SECRET_KEYS, settingsSchema } from '../../shapes/settings.js';
import { activeNameOf, DEFAULT_LIBRARY, pathsOf, storedLibrariesOf } from './settings-state.js';

const DEFAULTS = settingsSchema.parse({});

/** Members of a settings file in their order, to be changed. */
type Members = Map<string, Json>;

const libraryKeys: ReadonlySet<string> = new Set(LIBRARY_KEYS);
const secretKeys: ReadonlySet<string> = new Set(SECRET_KEYS);

/** The members of a file with changed settings; `null` puts the default back. */
export function withChanges(raw: JsonObject, changes: SettingsChanges, now: string): JsonObject {
  const members = membersOf(raw);
  const paths: [string, Json][] = [];
  for (const [key, value] of Object.entries(changes) as [string, Json | undefined][]) {
    if (value === undefined) continue;
    put(members, key, value);
    if (libraryKeys.has(key)) paths.push([key, value]);
    if (key === 'download_path_templates') members.delete('download_path_template');
  }
  if (paths.length > 0 && storedLibrariesOf(raw).size > 0) {
    const records = recordsOf(raw, now);
    const active = activeNameOf(raw, storedLibrariesOf(raw)) ?? DEFAULT_LIBRARY;
    const record = membersOf(records.get(active) ?? {});
    for (const [key, value] of paths) {
      if (value === null) record.delete(key);
      else record.set(key, value);
    }
    record.set('updated_at', now);
    records.set(active, objectOf(record));
    putLibraries(members, raw, records, active);
  }
  return objectOf(members);
}

/**
 * Every library of a file, also the one that a file without libraries has. The active one has the paths at the top of the
 * file that it does not say itself: they would be lost when another one becomes active.
 */
export function recordsOf(raw: JsonObject, now: string): Map<string, JsonObject> {
  const records = storedLibrariesOf(raw);
  const active = activeNameOf(raw, records) ?? DEFAULT_LIBRARY;
  const record = records.get(active) ?? { created_at: now, updated_at: now };
  return records.set(active, { ...record, ...pathsOf(raw), ...pathsOf(record) });
}

/** The members of a file with these libraries, one of which is active: its paths are those at the top. */
export function withLibraries(raw: JsonObject, records: ReadonlyMap<string, JsonObject>, active: string): JsonObject {
  const members = membersOf(raw);
  putLibraries(members, raw, records, active);
  const record = records.get(active) ?? {};
  for (const key of LIBRARY_KEYS) put(members, key, record[key] ?? null);
  return objectOf(members);
}

/** The text of a settings file: what the members say, without what is the default anyway. */
export function settingsText(raw: JsonObject): string {
  const members = membersOf(raw);
  for (const [key, value] of members) put(members, key, value);
  return `${JSON.stringify(objectOf(members), undefined, 2)}\n`;
}

/** What is no library stays in the file as it is. */
function putLibraries(
  members: Members,
  raw: JsonObject,
  records: ReadonlyMap<string, JsonObject>,
  active: string,
): void {
  const usable = storedLibrariesOf(raw);
  const { libraries } = raw;
  const unusable = Object.entries(typeof libraries === 'object' && libraries !== null ? libraries : {}).filter(
    ([name]) => !usable.has(name) && !records.has(name),
  );
  members.set('libraries', Object.fromEntries([...records, ...(Array.isArray(libraries) ? [] : unusable)]));
  members.set('active_library', active);
}

function put(members: Members, key: string, value: Json): void {
  const isDefault = isSettingKey(key) ? isDeepStrictEqual(value, DEFAULTS[key]) : secretKeys.has(key) && value === '';
  const isNothing = value === null && (isSettingKey(key) || secretKeys.has(key));
  if (isDefault || isNothing) members.delete(key);
  else members.set(key, value);
}

const membersOf = (raw: JsonObject): Members =>
  new Map(Object.entries(raw).filter((entry): entry is [string, Json] => entry[1] !== undefined));

/** Also of a member named `__proto__`. */
const objectOf = (members: ReadonlyMap<string, Json>): JsonObject => Object.fromEntries(members);
