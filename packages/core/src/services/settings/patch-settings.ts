import { stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ModelshelfError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';
import { settingsPatchSchema, type SettingsChanges } from '../../shapes/settings-patch.js';
import { CATEGORY_OF_DEFAULT_ROOT, foldersOf, isSamePath } from './default-roots.js';
import { folderIssues } from './folder-rules.js';
import { refuseIssues, type SettingIssue } from './setting-issue.js';
import { withChanges } from './settings-edits.js';
import { settingsStateOf, type SettingsState, type SettingsSurroundings } from './settings-state.js';

const FOLDER_KEYS = ['folder_paths', 'extra_folder_paths'] as const;

/**
 * The members of the settings file after a change that a request asks for. Changes nothing itself.
 *
 * Invariant: of a change of which any part is bad, nothing is taken; one error tells all that is bad.
 *
 * Rejects with `validation_failed`, and with `conflict` for folders that the host manages.
 */
export async function patchSettings(
  patch: unknown,
  state: SettingsState,
  surroundings: SettingsSurroundings,
  now: string,
): Promise<JsonObject> {
  const { changes, issues } = readPatch(patch);
  const raw = withChanges(state.raw, changes, now);
  const next = settingsStateOf(raw, surroundings);
  issues.push(
    ...(await changedFolderIssues(state, next)),
    ...defaultRootIssues(changes, next, surroundings),
    ...(await exampleFolderIssues(state, next)),
  );
  refuseIssues(issues);
  for (const key of FOLDER_KEYS) {
    if (surroundings.hostFolders[key] === undefined || isUnchanged(key, state, next)) continue;
    throw new ModelshelfError('conflict', `${key}: the folders are managed by the host`);
  }
  return raw;
}

function readPatch(patch: unknown): { changes: SettingsChanges; issues: SettingIssue[] } {
  if (!isJsonObject(patch)) throw new ModelshelfError('validation_failed', 'expected an object');
  const changes: SettingsChanges = {};
  const issues: SettingIssue[] = [];
  // One by one, because the good ones are looked at further: all that is bad is told at once.
  for (const [key, value] of Object.entries(patch)) {
    const read = settingsPatchSchema.safeParse({ [key]: value });
    if (read.success && key !== '__proto__') Object.assign(changes, read.data);
    else if (read.success) issues.push({ path: key, message: 'is no setting that can be changed here' });
    else {
      const told = read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      issues.push(...told);
    }
  }
  return { changes, issues };
}

const isUnchanged = (
  key: (typeof FOLDER_KEYS)[number] | 'example_images_path',
  before: SettingsState,
  after: SettingsState,
): boolean => isDeepStrictEqual(before.settings[key], after.settings[key]);

async function changedFolderIssues(before: SettingsState, after: SettingsState): Promise<SettingIssue[]> {
  const changed = new Set(FOLDER_KEYS.filter((key) => !isUnchanged(key, before, after)));
  if (changed.size === 0) return [];
  const others = [...after.libraries].filter(([name]) => name !== after.activeLibrary);
  return folderIssues(after.settings, changed, others);
}

function defaultRootIssues(
  changes: SettingsChanges,
  { settings }: SettingsState,
  { hostFolders }: SettingsSurroundings,
): SettingIssue[] {
  return Object.entries(CATEGORY_OF_DEFAULT_ROOT).flatMap(([key, category]) => {
    const root = changes[key];
    if (typeof root !== 'string' || root === '') return [];
    if (foldersOf(category, settings, hostFolders).some((folder) => isSamePath(folder, root))) return [];
    return [{ path: key, message: `is not among the folders of ${category}` }];
  });
}

async function exampleFolderIssues(before: SettingsState, after: SettingsState): Promise<SettingIssue[]> {
  const { example_images_path: path } = after.settings;
  if (path === '' || isUnchanged('example_images_path', before, after)) return [];
  const isFolder =
    isAbsolute(path) &&
    (await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    ));
  return isFolder ? [] : [{ path: 'example_images_path', message: 'expected the absolute path of a folder' }];
}
