import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { isJsonObject } from '../shapes/json.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import { JOURNAL_FORMAT, journalEntrySchema, type JournalEntry } from './journal-entry.js';
import { joinPath, nameOf } from './normalise-path.js';
import type { OwnerLock } from './owner-lock.js';
import { flushFolders, makeFolder, removeEmpty } from './plan-folders.js';
import { TEMPORARY_SUFFIX, writeAtomically } from './write-atomically.js';

interface JournalSessionParts {
  readonly folder: string;
  readonly lock: OwnerLock;
  readonly files: FileOperations;
  readonly logger: Logger;
  readonly unreadable: string;
  readonly history: string;
}

/** An entry as it stands in a session. */
export interface FoundEntry {
  readonly entry: JournalEntry;
  /** Whether everything was done, so that only tidying up is left. */
  readonly isDone: boolean;
}

const INTENT = '.intent.json';
const DONE = '.done.json';

/**
 * The journal of one library instance: a file per plan. Its name says whether the plan is done, so that the mark is one
 * rename, which needs no space.
 */
export class JournalSession {
  readonly folder: string;
  readonly #parts: JournalSessionParts;

  constructor(parts: JournalSessionParts) {
    this.folder = parts.folder;
    this.#parts = parts;
  }

  /** False when another process took the session over. */
  isOurs(): Promise<boolean> {
    return this.#parts.lock.isOurs();
  }

  /** From when this resolves, what the plan does is undone or finished, whatever happens. */
  async write(entry: JournalEntry): Promise<void> {
    await writeAtomically(this.#path(entry, INTENT), JSON.stringify(entry), this.#parts.files);
  }

  /** From when this resolves, the plan is not undone any more. */
  async markDone(entry: JournalEntry): Promise<void> {
    const [intent, done] = [this.#path(entry, INTENT), this.#path(entry, DONE)];
    const { files } = this.#parts;
    try {
      await files.rename(intent, done);
    } catch (error) {
      // A network may lose the answer and not the deed.
      if ((await statusAt(done, files)) === undefined) throw error;
    }
  }

  /** From when this resolves, marks survive the power too: only then may go what undoing would need. */
  flush(): Promise<void> {
    return flushFolders([this.folder], this.#parts.files);
  }

  /** Forgets a plan that left nothing to do; a done one that has a note goes into the history. */
  async remove(entry: JournalEntry, isDone: boolean): Promise<void> {
    const { files, history } = this.#parts;
    if (isDone && entry.note !== undefined) {
      await makeFolder(history, files);
      await files.rename(this.#path(entry, DONE), joinPath(history, `${entry.id}.json`));
      await flushFolders([history], files);
    } else {
      await unlinkIfThere(this.#path(entry, isDone ? DONE : INTENT), files);
      // One that comes back with the power when it is done is tidied up again; one that is undone must not.
      if (!isDone) await this.flush();
    }
  }

  /**
   * The entries, newest first, and how many there are that a newer version wrote. One that cannot be read is set aside and
   * told, never removed.
   */
  async entries(): Promise<{ readonly found: readonly FoundEntry[]; readonly unknown: number }> {
    const found: FoundEntry[] = [];
    let unknown = 0;
    for (const name of (await this.#parts.files.readdir(this.folder)).sort().reverse()) {
      if (!name.endsWith(INTENT) && !name.endsWith(DONE)) continue;
      const path = joinPath(this.folder, name);
      const text = await this.#textOf(path);
      if (text === undefined) continue;
      const entry = parseEntry(text);
      if (entry === 'newer') unknown++;
      else if (entry === undefined) await this.#setAside(path);
      else found.push({ entry, isDone: name.endsWith(DONE) });
    }
    return { found, unknown };
  }

  /** Whether an entry is marked as done now; undefined when nothing is left of it to do. */
  async isDone(entry: JournalEntry): Promise<boolean | undefined> {
    const { files } = this.#parts;
    if ((await statusAt(this.#path(entry, INTENT), files)) !== undefined) return false;
    return (await statusAt(this.#path(entry, DONE), files)) === undefined ? undefined : true;
  }

  /** Lets go of the session; its folder goes too when nothing is left in it. */
  async leave(): Promise<void> {
    const { files, lock } = this.#parts;
    if (!(await lock.isOurs())) return lock.release();
    try {
      // Of entries that were never begun: nobody else writes here.
      for (const name of await files.readdir(this.folder)) {
        if (name.endsWith(TEMPORARY_SUFFIX)) await unlinkIfThere(joinPath(this.folder, name), files);
      }
    } finally {
      await lock.release();
    }
    await removeEmpty([this.folder], files);
  }

  #path({ id }: JournalEntry, suffix: string): string {
    return joinPath(this.folder, id + suffix);
  }

  /** Undefined for an entry whose plan ended since it was listed. */
  async #textOf(path: string): Promise<string | undefined> {
    try {
      return (await this.#parts.files.readFile(path)).toString();
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #setAside(path: string): Promise<void> {
    const { files, logger, unreadable } = this.#parts;
    const aside = joinPath(unreadable, `${nameOf(this.folder)}-${nameOf(path)}`);
    await makeFolder(unreadable, files);
    await files.rename(path, aside);
    logger.error('A journal entry cannot be read; it was set aside. Files that it is about may be half moved.', {
      aside,
    });
  }
}

function parseEntry(text: string): JournalEntry | 'newer' | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (isJsonObject(value) && typeof value['format'] === 'number' && value['format'] > JOURNAL_FORMAT) return 'newer';
  return journalEntrySchema.safeParse(value).data;
}
