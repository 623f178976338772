import { randomUUID } from 'node:crypto';
import { isModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { fsErrorCode } from './fs-error.js';
import { JournalSession } from './journal-session.js';
import { folderOf, joinPath } from './normalise-path.js';
import { OwnerLocks, type LockTimes } from './owner-lock.js';
import { flushFolders, makeFolder } from './plan-folders.js';

export interface JournalParts {
  /** `/` separators. */
  readonly dataDir: string;
  readonly files: FileOperations;
  readonly logger: Logger;
  readonly times?: LockTimes | undefined;
}

/** Where entries are put that nobody can read. */
const UNREADABLE = 'unreadable';

/**
 * The plans of all processes that use a data folder: a folder per library instance, which only its owner writes to, or who
 * took it over after the owner's death.
 */
export class Journal {
  readonly #folder: string;
  readonly #parts: JournalParts;
  readonly #locks: OwnerLocks;
  #own: Promise<JournalSession> | undefined;

  constructor(parts: JournalParts) {
    this.#folder = joinPath(parts.dataDir, 'journal');
    this.#parts = parts;
    this.#locks = new OwnerLocks(parts.files, parts.times);
  }

  /**
   * The session of this instance; made for the first plan, so that who only reads writes nothing. A new one when this
   * process seemed dead for a while and another took the session over, or somebody removed it.
   */
  async own(): Promise<JournalSession> {
    const former = this.#own;
    if (former !== undefined) {
      const session = await former;
      if (await session.isOurs()) return session;
      if (this.#own === former) this.#own = undefined;
      await session.leave();
    }
    this.#own ??= this.#begin().catch((error: unknown) => {
      this.#own = undefined;
      throw error;
    });
    return this.#own;
  }

  /** The session of this instance when it has one, and those of dead processes; they are ours from then on. */
  async sessions(): Promise<{ readonly own: JournalSession | undefined; readonly adopted: readonly JournalSession[] }> {
    const own = await this.#own;
    const adopted: JournalSession[] = [];
    for (const name of await this.#names()) {
      if (name === UNREADABLE || joinPath(this.#folder, name) === own?.folder) continue;
      try {
        const session = await this.#adopt(joinPath(this.#folder, name));
        if (session !== undefined) adopted.push(session);
      } catch (error) {
        // Those that can be opened are not to wait for one that belongs to another user.
        this.#parts.logger.warn('A part of the journal could not be opened.', { name, error });
      }
    }
    return { own, adopted };
  }

  async close(): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    try {
      await (await own)?.leave();
    } catch (error) {
      // Its entries are done; the next process to start tidies up.
      this.#parts.logger.warn('The journal could not be closed.', { error });
    }
  }

  async #begin(): Promise<JournalSession> {
    const { files } = this.#parts;
    for (let attempt = 1; ; attempt++) {
      const folder = joinPath(this.#folder, randomUUID());
      try {
        await makeFolder(folder, files);
        // Entries are flushed with their folder; it has to be found after the power was cut, too.
        await flushFolders([folderOf(this.#folder), this.#folder], files);
        return this.#sessionOf(folder, await this.#locks.take(joinPath(folder, 'owner.lock')));
      } catch (error) {
        // Another process took the empty folder for that of a dead one.
        const wasTaken = fsErrorCode(error) === 'ENOENT' || isLocked(error);
        if (!wasTaken || attempt === 3) throw error;
      }
    }
  }

  /** A session whose owner is dead; undefined while it lives. */
  async #adopt(folder: string): Promise<JournalSession | undefined> {
    try {
      return this.#sessionOf(folder, await this.#locks.take(joinPath(folder, 'owner.lock')));
    } catch (error) {
      if (isLocked(error) || fsErrorCode(error) === 'ENOENT' || fsErrorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  #sessionOf(folder: string, lock: ConstructorParameters<typeof JournalSession>[0]['lock']): JournalSession {
    const { dataDir, files, logger } = this.#parts;
    const [unreadable, history] = [joinPath(this.#folder, UNREADABLE), joinPath(dataDir, 'history')];
    return new JournalSession({ folder, lock, files, logger, unreadable, history });
  }

  async #names(): Promise<readonly string[]> {
    try {
      return await this.#parts.files.readdir(this.#folder);
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

const isLocked = (error: unknown): boolean => isModelshelfError(error) && error.code === 'library_locked';
