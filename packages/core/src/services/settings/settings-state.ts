import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from '../../shapes/json.js';
import { libraryRecordSchema, type LibraryRecord } from '../../shapes/library-record.js';
import type { ModelFolders } from '../../shapes/model-folders.js';
import { TYPES_WITH_PRIORITIES } from '../../shapes/priority-tags-setting.js';
import {
  isSettingKey,
  isUsable,
  LIBRARY_KEYS,
  SECRET_KEYS,
  settingsSchema,
  type SecretKey,
  type Settings,
} from '../../shapes/settings.js';
import { deepFreeze } from './deep-freeze.js';
import { defaultRootsOf } from './default-roots.js';

/** The library that a file without libraries has. */
export const DEFAULT_LIBRARY = 'default';

/** What settings depend on besides the file. */
export interface SettingsSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folders that the host chose: those of the file have no effect then. */
  readonly hostFolders: { readonly folder_paths?: ModelFolders; readonly extra_folder_paths?: ModelFolders };
  /** UTC, to the second: the age of a library that the file does not tell of. */
  readonly startedAt: string;
}

/** Everything that follows from the text of a settings file. */
export interface SettingsState {
  /** The file's members as they are. */
  readonly raw: JsonObject;
  /** What the library goes by; frozen, and without secrets. */
  readonly settings: Settings;
  /** Those that are set. */
  readonly secrets: Readonly<Partial<Record<SecretKey, string>>>;
  readonly libraries: ReadonlyMap<string, LibraryRecord>;
  readonly activeLibrary: string;
  /** What of the file cannot be meant: keys, and categories of folders. */
  readonly unusable: readonly string[];
  /** Keys at the top of the file that say something else than the active library, which counts. */
  readonly overruled: readonly string[];
}

/** Members that are no settings, or are kept apart from them. */
const APART: ReadonlySet<string> = new Set([...SECRET_KEYS, 'libraries', 'active_library', 'download_path_template']);

/** Works out what a settings file means. Changes nothing, and never throws. */
export function settingsStateOf(raw: JsonObject, surroundings: SettingsSurroundings): SettingsState {
  const stored = storedLibrariesOf(raw);
  const activeLibrary = activeNameOf(raw, stored) ?? DEFAULT_LIBRARY;
  const own = pathsOf(stored.get(activeLibrary) ?? {});
  const read = settingsSchema.parse({ ...withoutApart(raw), ...legacyTemplatesOf(raw), ...own });
  const settings = deepFreeze({ ...read, ...defaultRootsOf(read, surroundings.hostFolders) });
  const { startedAt: created_at } = surroundings;
  const implicit = libraryRecordSchema.parse({ ...pathsOf(raw), created_at, updated_at: created_at });
  const libraries = [...stored].map(([name, record]) => [name, libraryRecordSchema.parse(record)] as const);
  return {
    raw,
    settings,
    secrets: secretsOf(raw, surroundings.environment),
    libraries: deepFreeze(new Map(libraries.length > 0 ? libraries : [[DEFAULT_LIBRARY, implicit]])),
    activeLibrary,
    unusable: unusableOf(raw),
    overruled: Object.keys(own).filter((key) => raw[key] !== undefined && !isDeepStrictEqual(raw[key], own[key])),
  };
}

/** The libraries of a file that are libraries, as they are. */
export function storedLibrariesOf(raw: JsonObject): Map<string, JsonObject> {
  const { libraries } = raw;
  if (!isJsonObject(libraries)) return new Map();
  return new Map(
    Object.entries(libraries).filter(
      (entry): entry is [string, { [key: string]: Json }] => entry[0].trim() !== '' && isJsonObject(entry[1]),
    ),
  );
}

/** The name of the active one of these libraries; undefined without any. */
export function activeNameOf(raw: JsonObject, libraries: ReadonlyMap<string, unknown>): string | undefined {
  const { active_library: name } = raw;
  if (typeof name === 'string' && libraries.has(name)) return name;
  const [first] = libraries.keys();
  return first;
}

/** Of an object the members that every library has of its own, those that can be meant. */
export function pathsOf(record: JsonObject): JsonObject {
  const usable = LIBRARY_KEYS.filter((key) => record[key] !== null && isUsable(key, record[key]));
  return Object.fromEntries(usable.map((key) => [key, record[key]]));
}

function withoutApart(raw: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(raw).filter(([key, value]) => !APART.has(key) && value !== null));
}

/** Older files name one template for all types. */
function legacyTemplatesOf(raw: JsonObject): JsonObject {
  const { download_path_template: template, download_path_templates: templates } = raw;
  if (typeof template !== 'string' || (templates !== undefined && templates !== null)) return {};
  return { download_path_templates: Object.fromEntries(TYPES_WITH_PRIORITIES.map((type) => [type, template])) };
}

function secretsOf(
  raw: JsonObject,
  environment: SettingsSurroundings['environment'],
): Partial<Record<SecretKey, string>> {
  const given = { ...raw, ...environmentSecretsOf(environment) };
  return Object.fromEntries(
    SECRET_KEYS.flatMap((key) => {
      const secret = given[key];
      return typeof secret === 'string' && secret.trim() !== '' ? [[key, secret.trim()]] : [];
    }),
  );
}

/** Secrets that the environment says: they win over those of the file, and are never written to it. */
export function environmentSecretsOf(
  environment: SettingsSurroundings['environment'],
): Partial<Record<SecretKey, string>> {
  const key = environment['CIVITAI_API_KEY']?.trim() ?? '';
  return key === '' ? {} : { civitai_api_key: key };
}

function unusableOf(raw: JsonObject): string[] {
  return Object.entries(raw).flatMap(([key, value]) => {
    if (key === 'libraries' && value !== null) return unusableLibrariesOf(raw);
    if (!isSettingKey(key) || value === undefined || value === null) return [];
    if (!isUsable(key, value)) return [key];
    if (key !== 'folder_paths' && key !== 'extra_folder_paths') return [];
    return Object.entries(isJsonObject(value) ? value : {}).flatMap(([category, paths]) =>
      isPathOrPaths(paths) ? [] : [category],
    );
  });
}

function unusableLibrariesOf(raw: JsonObject): string[] {
  if (!isJsonObject(raw['libraries'])) return ['libraries'];
  const usable = storedLibrariesOf(raw);
  return Object.keys(raw['libraries']).flatMap((name) => (usable.has(name) ? [] : [`libraries.${name}`]));
}

const isPathOrPaths = (value: Json | undefined): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((path) => typeof path === 'string'));
