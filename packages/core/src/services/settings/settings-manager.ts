import { readFile } from 'node:fs/promises';
import type { Logger } from '../../ports/logger.js';
import type { SettingsView } from '../../ports/settings-view.js';
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
      return new SettingsManager(JSON.parse(await readFile(file, 'utf8')));
    } catch (error) {
      logger.error('The settings file cannot be used; defaults hold.', { file, error });
      return new SettingsManager({});
    }
  }
}
