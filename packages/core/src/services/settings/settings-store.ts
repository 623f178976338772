import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { JsonObject } from '../../shapes/json.js';
import { SECRET_KEYS } from '../../shapes/settings.js';
import type { SettingsContent, SettingsFile } from './settings-file.js';
import { settingsText } from './settings-edits.js';
import type { SettingsFileHistory } from './settings-messages.js';
import { settingsStateOf, type SettingsState, type SettingsSurroundings } from './settings-state.js';

/** Hears which settings changed; what it throws is logged. */
export type ChangeListener = (changedKeys: readonly string[]) => void;

/** Puts members in the place of those of the file, and then of those in memory. */
export type Save = (raw: JsonObject) => Promise<void>;

interface SettingsStoreParts {
  /** Undefined keeps everything in memory. */
  readonly file: SettingsFile | undefined;
  readonly content: SettingsContent;
  readonly surroundings: SettingsSurroundings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The settings in memory, and the file that they mirror.
 *
 * Invariant: changes are made one after another, each to what the file says at that moment; memory follows the file.
 */
export class SettingsStore {
  readonly surroundings: SettingsSurroundings;
  readonly #file: SettingsFile | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #listeners = new Set<ChangeListener>();
  readonly #copies: string[] = [];
  #content: SettingsContent;
  #state: SettingsState;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ file, content, surroundings, clock, logger }: SettingsStoreParts) {
    this.surroundings = surroundings;
    this.#file = file;
    this.#content = content;
    this.#clock = clock;
    this.#logger = logger;
    this.#state = settingsStateOf(content.kind === 'settings' ? content.raw : {}, surroundings);
  }

  get state(): SettingsState {
    return this.#state;
  }

  /** UTC, to the second. */
  get now(): string {
    return new Date(this.#clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }

  get history(): SettingsFileHistory {
    const unreadable = this.#content.kind === 'unusable';
    return { hasFile: this.#file !== undefined, unreadable, copies: this.#copies };
  }

  /** Returns what ends it. */
  onChanged(listener: ChangeListener): () => void {
    const own: ChangeListener = (keys) => listener(keys);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Runs work while nobody else changes the settings, on what the file says now. Not re-entrant. */
  inTurn<T>(work: (state: SettingsState, save: Save) => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      await this.#readAgain();
      return work(this.#state, (raw) => this.#save(raw));
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Somebody may have edited the file, or another program have written it. */
  async #readAgain(): Promise<void> {
    if (this.#file === undefined) return;
    const former = this.#content;
    this.#content = await this.#file.read();
    if (this.#content.kind !== 'settings') return;
    if (former.kind !== 'settings' || former.text !== this.#content.text) this.#enter(this.#content.raw);
  }

  async #save(raw: JsonObject): Promise<void> {
    if (isDeepStrictEqual(raw, this.#state.raw)) return;
    if (this.#file !== undefined) {
      const text = settingsText(raw);
      const copy = await this.#file.replace(text, this.#content);
      this.#content = { kind: 'settings', text, raw };
      if (copy !== undefined) this.#copies.push(copy);
    }
    this.#enter(raw);
  }

  #enter(raw: JsonObject): void {
    const before = this.#state;
    this.#state = settingsStateOf(raw, this.surroundings);
    const changed = changedKeys(before, this.#state);
    if (changed.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(changed);
      } catch (error) {
        this.#logger.error('A listener to changes of settings failed.', { error });
      }
    }
  }
}

function changedKeys(before: SettingsState, after: SettingsState): string[] {
  const keys = new Set([...Object.keys(before.settings), ...Object.keys(after.settings)]);
  return [
    ...[...keys].filter((key) => !isDeepStrictEqual(before.settings[key], after.settings[key])),
    ...SECRET_KEYS.filter((key) => before.secrets[key] !== after.secrets[key]),
    ...(isDeepStrictEqual(before.libraries, after.libraries) ? [] : ['libraries']),
    ...(before.activeLibrary === after.activeLibrary ? [] : ['active_library']),
  ];
}
