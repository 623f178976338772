import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import { toMutationError } from './mutation-error.js';
import { folderOf, joinPath } from './normalise-path.js';
import { LOCK_TIMES, OwnerLocks, type LockTimes, type OwnerLock } from './owner-lock.js';
import { makeOneFolder, removeEmpty } from './plan-folders.js';
import { TEMPORARY_SUFFIX } from './write-atomically.js';

/** The folder below a root that holds what is ours there: the lock, and the trash. */
export const OWN_FOLDER = '.modelshelf';

export interface RootLockTimes extends LockTimes {
  /** How long a lock is kept after the last work, for the next. */
  readonly idleMs: number;
}

export interface RootLocksParts {
  readonly files: FileOperations;
  readonly logger: Logger;
  readonly times?: RootLockTimes | undefined;
  /** Called with a root whose last writer died, before anybody writes below it. */
  readonly onTakenOver?: (root: string) => Promise<void>;
}

interface HeldRoot {
  users: number;
  lock: OwnerLock | undefined;
  /** Taking and releasing, one after the other. */
  turn: Promise<void>;
  idle: NodeJS.Timeout | undefined;
}

const away = (): ModelshelfError =>
  new ModelshelfError('storage_unavailable', 'The library folder cannot be reached right now.');

const REFUSALS = new Set(['EROFS', 'EACCES', 'EPERM']);

/**
 * The one writer of a root among all processes and libraries.
 *
 * Invariant: of two libraries, in one process or in two, never both change files below a root at a time.
 */
export class RootLocks {
  readonly #parts: RootLocksParts;
  readonly #times: RootLockTimes;
  readonly #locks: OwnerLocks;
  readonly #held = new Map<string, HeldRoot>();
  readonly #readOnly = new Set<string>();
  readonly #working = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(parts: RootLocksParts) {
    this.#parts = parts;
    this.#times = parts.times ?? { ...LOCK_TIMES, idleMs: 2_000 };
    this.#locks = new OwnerLocks(parts.files, this.#times);
  }

  /** Whether the system refused the last attempt to write below a root. */
  isReadOnly(root: string): boolean {
    return this.#readOnly.has(root);
  }

  /**
   * Runs work while this is the only writer below these roots. Throws `library_locked` at once when another one writes,
   * `storage_unavailable` for a root that is away, `library_closed` after `close`. Work over a root that the system makes
   * read-only runs without lock.
   */
  async whileHeld<T>(roots: readonly string[], work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ModelshelfError('library_closed', 'The library is closed.');
    const working = this.#whileHeld(roots, work);
    const ended = working.catch(() => undefined);
    this.#working.add(ended);
    try {
      return await working;
    } finally {
      this.#working.delete(ended);
    }
  }

  async #whileHeld<T>(roots: readonly string[], work: () => Promise<T>): Promise<T> {
    const entered: HeldRoot[] = [];
    try {
      for (const [folder, root] of await this.#folders(roots)) {
        const held = this.#entryOf(folder);
        held.users++;
        clearTimeout(held.idle);
        entered.push(held);
        await this.#inTurn(held, () => this.#take(root, held));
      }
      return await work();
    } finally {
      for (const held of entered) this.#leave(held);
    }
  }

  /** Waits for the work of this moment and lets no other begin; then releases what is held. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#working);
    for (const held of this.#held.values()) {
      clearTimeout(held.idle);
      await this.#inTurn(held, () => this.#release(held));
    }
  }

  /** Real path to root, in one order for all: two roots may lead to one folder, which has one lock. */
  async #folders(roots: readonly string[]): Promise<readonly (readonly [string, string])[]> {
    const folders = new Map<string, string>();
    for (const root of roots) {
      try {
        folders.set(await this.#parts.files.realpath(root), root);
      } catch (error) {
        throw fsErrorCode(error) === 'ENOENT' ? away() : toMutationError(error, root);
      }
    }
    return [...folders].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  #entryOf(folder: string): HeldRoot {
    let held = this.#held.get(folder);
    if (held === undefined) {
      held = { users: 0, lock: undefined, turn: Promise.resolve(), idle: undefined };
      this.#held.set(folder, held);
    }
    return held;
  }

  #inTurn(held: HeldRoot, act: () => Promise<void>): Promise<void> {
    const done = held.turn.then(act);
    held.turn = done.catch(() => undefined);
    return done;
  }

  async #take(root: string, held: HeldRoot): Promise<void> {
    try {
      if (held.lock !== undefined) {
        if (await held.lock.isOurs()) return;
        await held.lock.release();
        held.lock = undefined;
      }
      held.lock = await this.#make(root);
      this.#readOnly.delete(root);
    } catch (error) {
      if (!REFUSALS.has(fsErrorCode(error))) throw toMutationError(error, root);
      this.#readOnly.add(root);
      return;
    }
    if (held.lock.tookOver) await this.#parts.onTakenOver?.(root);
  }

  async #make(root: string): Promise<OwnerLock> {
    const folder = joinPath(root, OWN_FOLDER);
    for (let attempt = 1; ; attempt++) {
      try {
        await makeOneFolder(folder, this.#parts.files);
        return await this.#locks.take(joinPath(folder, 'writer.lock'));
      } catch (error) {
        // Another writer that leaves removes the folder; the root itself is never made.
        if (fsErrorCode(error) !== 'ENOENT') throw error;
        if (attempt === 3 || (await statusAt(root, this.#parts.files)) === undefined) throw away();
      }
    }
  }

  #leave(held: HeldRoot): void {
    held.users--;
    if (held.users > 0) return;
    held.idle = setTimeout(() => {
      void this.#inTurn(held, async () => {
        if (held.users === 0) await this.#release(held);
      });
    }, this.#times.idleMs);
    held.idle.unref();
  }

  /** Removes what writers left that died or lost the drive while they wrote. Nobody writes: the lock is held, and idle. */
  async #sweep(folder: string): Promise<void> {
    const { files } = this.#parts;
    for (const name of await files.readdir(folder)) {
      if (name.endsWith(TEMPORARY_SUFFIX)) await unlinkIfThere(joinPath(folder, name), files);
    }
  }

  async #release(held: HeldRoot): Promise<void> {
    const { lock } = held;
    if (lock === undefined) return;
    held.lock = undefined;
    try {
      if (await lock.isOurs()) await this.#sweep(folderOf(lock.path)).catch(() => undefined);
      await lock.release();
      await removeEmpty([folderOf(lock.path)], this.#parts.files);
    } catch (error) {
      // It is taken over as soon as this process is gone or silent.
      this.#parts.logger.warn('The lock of a library folder could not be removed.', { path: lock.path, error });
    }
  }
}
