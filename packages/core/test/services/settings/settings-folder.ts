import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { silentLogger } from '../../../src/ports/logger.js';
import type { SettingsFileOperations } from '../../../src/services/settings/settings-file.js';
import { SettingsManager, type SettingsParts } from '../../../src/services/settings/settings-manager.js';
import { tempFolder } from '../../disk/temp-library.js';

const NOON = Date.UTC(2026, 2, 9, 12);

/** A folder with a settings file, and a manager that read it. */
export interface SettingsFolder {
  readonly folder: string;
  readonly file: string;
  readonly settings: SettingsManager;
  /** The members of the file as it is now. */
  readonly stored: () => Record<string, unknown>;
  /** A manager that reads the file as a new process would. */
  readonly reopened: () => Promise<SettingsManager>;
  /** Names of everything in the folder. */
  readonly names: () => string[];
}

/** Writes a settings file (none when undefined, the text itself when it is text) and reads it. */
export async function settingsFolder(content?: object | string, parts: SettingsParts = {}): Promise<SettingsFolder> {
  const folder = tempFolder();
  const file = join(folder, 'settings.json');
  if (content !== undefined) writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  const open = () =>
    SettingsManager.read(file, silentLogger, { environment: {}, clock: { now: () => NOON }, ...parts });
  return {
    folder,
    file,
    settings: await open(),
    stored: () => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>,
    reopened: open,
    names: () => readdirSync(folder).sort(),
  };
}

/** What a call of a file operation is. */
type Operation = keyof SettingsFileOperations;

/** The disk, with a refusal at the calls that `refuses` names; the calls are counted from 0, reading is not. */
export function failingFiles(refuses: (operation: Operation, call: number) => string | undefined): {
  files: SettingsFileOperations;
  calls: Operation[];
} {
  const calls: Operation[] = [];
  const guarded = (operation: Operation): void => {
    const code = refuses(operation, calls.length);
    calls.push(operation);
    if (code !== undefined) throw Object.assign(new Error(code), { code });
  };
  const files: SettingsFileOperations = {
    ...nodeFileOperations,
    writeNew: async (path, content) => {
      guarded('writeNew');
      await nodeFileOperations.writeNew(path, content);
    },
    rename: async (from, to) => {
      guarded('rename');
      await nodeFileOperations.rename(from, to);
    },
    copyNew: async (from, to) => {
      guarded('copyNew');
      await nodeFileOperations.copyNew(from, to);
    },
    sync: async (path) => {
      guarded('sync');
      await nodeFileOperations.sync(path);
    },
    syncFolder: async (path) => {
      guarded('syncFolder');
      await nodeFileOperations.syncFolder(path);
    },
  };
  return { files, calls };
}
