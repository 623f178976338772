import { ModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { JsonObject } from '../../shapes/json.js';
import { libraryRecordSchema, type LibraryRecord, type NewLibrary } from '../../shapes/library-record.js';
import { folderIssues } from './folder-rules.js';
import { withoutSecrets } from './public-settings.js';
import { refuseIssues } from './setting-issue.js';
import { recordsOf, withLibraries } from './settings-edits.js';
import type { SettingsState } from './settings-state.js';
import type { Save, SettingsStore } from './settings-store.js';

/** The libraries of the settings, and which one is active. */
export interface LibraryList {
  readonly libraries: Readonly<Record<string, LibraryRecord>>;
  readonly active_library: string;
}

/** A library that becomes active. */
export interface ActivatedLibrary extends Pick<LibraryRecord, 'folder_paths' | 'extra_folder_paths'> {
  readonly name: string;
}

/** Puts the folders of a library behind the routes; when it rejects, the former ones are there. */
export type ApplyLibrary = (library: ActivatedLibrary) => Promise<void>;

/** Several libraries in one settings file (docs/behaviour.md, "Libraries"). One is active; names are trimmed. */
export class SettingsLibraries {
  readonly #store: SettingsStore;
  readonly #logger: Logger;
  readonly #listeners = new Set<(library: ActivatedLibrary) => void>();

  constructor(store: SettingsStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  list(): LibraryList {
    return listOf(this.#store.state);
  }

  /** Hears of each library after it was applied. Returns what ends it. */
  onActivated(listener: (library: ActivatedLibrary) => void): () => void {
    const own: typeof listener = (library) => listener(library);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /**
   * Saves that a library is active, then applies it, also when it was active before.
   *
   * Invariant: when it cannot be applied, the former library is active again, in the file too.
   *
   * Rejects with `not_found`, with `conflict` where the host manages the folders, and as `apply` does.
   */
  activate(name: string, apply: ApplyLibrary): Promise<LibraryList> {
    return this.#change(async (records, state) => {
      requireIn(records, name);
      return { records, active: name, former: state.raw };
    }, apply);
  }

  /** Adds a library that is not active. Rejects with `conflict` for a name that is taken, `validation_failed` for folders. */
  create(name: string, library: NewLibrary): Promise<LibraryList> {
    return this.#change(async (records, state) => {
      refuseTaken(records, name);
      const changed = new Set(['folder_paths', 'extra_folder_paths'] as const);
      refuseIssues(await folderIssues(library, changed, state.libraries));
      const { metadata, ...paths } = library;
      const made = { ...paths, ...(metadata !== undefined && { metadata }), ...this.#agesNow() };
      return { records: new Map(records).set(name, made), active: state.activeLibrary };
    });
  }

  /** Rejects with `not_found`, and with `conflict` for a name that is taken. */
  rename(name: string, to: string): Promise<LibraryList> {
    return this.#change(async (records, { activeLibrary }) => {
      requireIn(records, name);
      if (to !== name) refuseTaken(records, to);
      const renamed = [...records].map(([each, record]): [string, JsonObject] =>
        each === name ? [to, { ...record, updated_at: this.#store.now }] : [each, record],
      );
      return { records: new Map(renamed), active: activeLibrary === name ? to : activeLibrary };
    });
  }

  /**
   * Forgets a library; no file of a model is touched. Of the active one, the first that remains becomes active.
   *
   * Rejects with `not_found`, with `conflict` for the last one, and as `activate` does.
   */
  delete(name: string, apply: ApplyLibrary): Promise<LibraryList> {
    return this.#change(async (records, state) => {
      requireIn(records, name);
      const remaining = new Map([...records].filter(([each]) => each !== name));
      const [first] = remaining.keys();
      if (first === undefined) throw new ModelshelfError('conflict', 'The last library cannot be deleted.');
      if (state.activeLibrary !== name) return { records: remaining, active: state.activeLibrary };
      return { records: remaining, active: first, former: state.raw };
    }, apply);
  }

  #change(
    plan: (records: ReadonlyMap<string, JsonObject>, state: SettingsState) => Promise<PlannedLibraries>,
    apply?: ApplyLibrary,
  ): Promise<LibraryList> {
    return this.#store.inTurn(async (state, save) => {
      const { records, active, former } = await plan(recordsOf(state.raw, this.#store.now), state);
      if (former !== undefined) this.#refuseManaged();
      await save(withLibraries(state.raw, records, active));
      if (former !== undefined) await this.#apply(former, save, apply);
      return listOf(this.#store.state);
    });
  }

  async #apply(former: JsonObject, save: Save, apply?: ApplyLibrary): Promise<void> {
    const { activeLibrary: name, settings } = this.#store.state;
    const { folder_paths, extra_folder_paths } = settings;
    const library = { name, folder_paths, extra_folder_paths };
    try {
      await apply?.(library);
    } catch (error) {
      await save(former).catch((cause: unknown) => {
        this.#logger.error('The former library could not be made active again in the settings file.', { error: cause });
      });
      throw error;
    }
    for (const listener of this.#listeners) {
      try {
        listener(library);
      } catch (error) {
        this.#logger.error('A listener to the activation of libraries failed.', { error });
      }
    }
  }

  #refuseManaged(): void {
    if (this.#store.surroundings.hostFolders.folder_paths === undefined) return;
    throw new ModelshelfError('conflict', 'The folders are managed by the host: no other library can be activated.');
  }

  #agesNow(): { created_at: string; updated_at: string } {
    const { now } = this.#store;
    return { created_at: now, updated_at: now };
  }
}

interface PlannedLibraries {
  readonly records: ReadonlyMap<string, JsonObject>;
  readonly active: string;
  /** The file as it was, when the active library is to be applied. */
  readonly former?: JsonObject;
}

function listOf({ libraries, activeLibrary }: SettingsState): LibraryList {
  const told = Array.from(libraries, ([name, record]) => [name, toldOf(record)] as const);
  return { libraries: Object.fromEntries(told), active_library: activeLibrary };
}

/** What other programs keep with a library is told without secrets. */
function toldOf(record: LibraryRecord): LibraryRecord {
  const known = libraryRecordSchema.strip().parse(record);
  const unknown = Object.fromEntries(Object.entries(record).filter(([key]) => !Object.hasOwn(known, key)));
  return { ...withoutSecrets(unknown), ...known };
}

function requireIn(records: ReadonlyMap<string, JsonObject>, name: string): void {
  if (!records.has(name)) throw new ModelshelfError('not_found', `There is no library "${name}".`);
}

function refuseTaken(records: ReadonlyMap<string, JsonObject>, name: string): void {
  if (records.has(name)) throw new ModelshelfError('conflict', `There is a library "${name}" already.`);
}
