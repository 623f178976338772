import { readFile } from 'node:fs/promises';
import type { Logger } from '../../ports/logger.js';
import type { SettingsView } from '../../ports/settings-view.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';
import { settingsSchema, type Settings } from '../../shapes/settings.js';

/** Holds the settings that were read from a file, or the defaults. */
export class SettingsManager implements SettingsView {
  readonly #settings: Settings;

  constructor(settings: unknown) {
    this.#settings = settingsSchema.parse(settings);
  }

  current(): Settings {
    return this.#settings;
  }

  /**
   * Reads a settings file. One that is missing or is no JSON object is reported and left as it is; the defaults then
   * hold, because a library that starts with defaults is better than one that does not start.
   */
  static async read(file: string | undefined, logger: Logger): Promise<SettingsManager> {
    if (file === undefined) return new SettingsManager({});
    try {
      const settings: unknown = JSON.parse((await readFile(file, 'utf8')).replace(/^\ufeff/, ''));
      if (!isJsonObject(settings)) throw new TypeError('The settings are no JSON object.');
      for (const part of unusableFolders(settings))
        logger.warn('Folders of the settings cannot be used.', { file, part });
      return new SettingsManager(settings);
    } catch (error) {
      logger.error('The settings file cannot be used; defaults hold.', { file, error });
      return new SettingsManager({});
    }
  }
}

/** Which parts of the folder configuration are neither a path nor a list of paths. */
function unusableFolders(settings: JsonObject): string[] {
  return ['folder_paths', 'extra_folder_paths'].flatMap((key) => {
    const folders = settings[key];
    if (folders === undefined) return [];
    if (!isJsonObject(folders)) return [key];
    const usable = (value: unknown): boolean =>
      typeof value === 'string' || (Array.isArray(value) && value.every((path) => typeof path === 'string'));
    return Object.keys(folders).filter((category) => !usable(folders[category]));
  });
}
