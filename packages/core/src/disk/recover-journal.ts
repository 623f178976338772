import { isModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { JournaledPlan } from './act-plan.js';
import { folderAt } from './file-identity.js';
import type { FoundEntry, JournalSession } from './journal-session.js';
import { pathsOfEntry, type JournalEntry } from './journal-entry.js';
import type { Journal } from './journal.js';
import { OWN_FOLDER, type RootLocks } from './root-lock.js';

/** What became of the plans that were found in the journal. */
export interface RecoveryReport {
  /** Plans that were taken back. */
  readonly undone: number;
  /** Plans of which only the tidying up was left. */
  readonly finished: number;
  /** Plans that wait for a root that is offline, for another process, or for something to get out of the way. */
  readonly waiting: number;
  /** Paths that may hold something else now: to be read again. */
  readonly paths: readonly string[];
}

export interface RecoveryParts {
  readonly journal: Journal;
  readonly rootLocks: RootLocks;
  readonly files: FileOperations;
  readonly logger: Logger;
  /** Tells whether this instance runs a plan right now. */
  readonly isRunning: (entry: JournalEntry) => boolean;
  /** Tells whether it runs another one that touches the same files. */
  readonly isInUse: (entry: JournalEntry) => boolean;
}

type Outcome = 'undone' | 'finished' | 'waiting';

interface Tally extends Record<Outcome, number> {
  readonly paths: Set<string>;
  /** Those that wait to be undone. */
  readonly entries: JournalEntry[];
}

/**
 * Undoes and finishes the plans that processes left behind, and those that this one could not bring to an end.
 *
 * Invariant: a recovery that is cut short anywhere is repeated by the next one, with the same end.
 */
export class Recovery {
  readonly #parts: RecoveryParts;
  /** Entries that wait to be undone, as of the last recovery. */
  #waiting: readonly JournalEntry[] = [];
  /** Recoveries of everything that run or wait for their turn. */
  #due = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  get waiting(): readonly JournalEntry[] {
    return this.#waiting;
  }

  /** Notes a plan that could not be undone just now. */
  leave(entry: JournalEntry): void {
    this.#waiting = [...this.#waiting, entry];
  }

  /** Goes through all entries; those below `heldRoot` only when one is given, whose lock the caller is about to get. */
  run(heldRoot?: string): Promise<RecoveryReport> {
    const run = this.#turn.then(() => this.#runOnce(heldRoot));
    this.#turn = run.catch(() => undefined);
    if (heldRoot !== undefined) return run;
    this.#due++;
    return run.finally(() => this.#due--);
  }

  /** After the lock of a root was taken over: what its former owner left. Left to a recovery of everything that is due, which may wait for that lock. */
  async afterTakeover(root: string): Promise<void> {
    if (this.#due > 0) return;
    try {
      await this.run(root);
    } catch (error) {
      this.#parts.logger.error('The journal could not be read.', { error });
    }
  }

  async #runOnce(heldRoot: string | undefined): Promise<RecoveryReport> {
    const known = this.#waiting.length;
    const tally: Tally = { undone: 0, finished: 0, waiting: 0, paths: new Set(), entries: [] };
    const { own, adopted } = await this.#parts.journal.sessions();
    if (own !== undefined) await this.#settleAll(own, heldRoot, tally);
    for (const session of adopted) {
      try {
        await this.#settleAll(session, heldRoot, tally).finally(() => session.leave());
      } catch (error) {
        this.#parts.logger.warn('A part of the journal could not be read.', { folder: session.folder, error });
      }
    }
    // A plan may have failed in the meantime.
    this.#waiting = [...tally.entries, ...this.#waiting.slice(known)];
    const { undone, finished, waiting, paths } = tally;
    return { undone, finished, waiting, paths: [...paths] };
  }

  async #settleAll(session: JournalSession, heldRoot: string | undefined, tally: Tally): Promise<void> {
    const { found, unknown } = await session.entries();
    tally.waiting += unknown;
    for (const one of found) {
      const outcome = await this.#settle(session, one, heldRoot);
      if (outcome === 'running') continue;
      tally[outcome]++;
      if (outcome !== 'waiting') for (const path of pathsOfEntry(one.entry)) tally.paths.add(path);
      else if (!one.isDone) tally.entries.push(one.entry);
    }
  }

  async #settle(
    session: JournalSession,
    found: FoundEntry,
    heldRoot: string | undefined,
  ): Promise<Outcome | 'running'> {
    const { entry } = found;
    const { files, logger, rootLocks, isRunning, isInUse } = this.#parts;
    if (isRunning(entry)) return 'running';
    try {
      if (isInUse(entry) || !(await areOnline(entry, files))) return 'waiting';
      const roots = entry.roots.map(({ path }) => path);
      if (heldRoot !== undefined) {
        return roots.every((root) => root === heldRoot) ? await this.#bringToEnd(session, found) : 'waiting';
      }
      return await rootLocks.whileHeld(roots, () => this.#bringToEnd(session, found));
    } catch (error) {
      const isLocked = isModelshelfError(error) && error.code === 'library_locked';
      if (!isLocked) logger.warn('A change that was cut short cannot be settled yet.', { kind: entry.kind, error });
      return 'waiting';
    }
  }

  async #bringToEnd(session: JournalSession, { entry }: FoundEntry): Promise<Outcome | 'running'> {
    const { files, logger } = this.#parts;
    // A plan that ran while the journal was read has ended since: undoing it now would take back what it removed for good.
    const isDone = await session.isDone(entry);
    if (isDone === undefined) return 'running';
    const plan = new JournaledPlan(entry, files);
    const isComplete = isDone || (await plan.isComplete());
    if (!isComplete && !(await plan.undo())) {
      const paths = pathsOfEntry(entry);
      logger.warn('A change that was cut short cannot be undone: a file is in the way or gone.', { paths });
      return 'waiting';
    }
    if (isComplete) {
      if (!isDone) await session.markDone(entry);
      await session.flush();
      await plan.finish();
    }
    await session.remove(entry, isComplete);
    return isComplete ? 'finished' : 'undone';
  }
}

/** Tells whether the roots of an entry are there: a folder on which nothing is mounted just now is empty and another one. */
async function areOnline({ roots, mounts = [] }: JournalEntry, files: FileOperations): Promise<boolean> {
  for (const { path, ino } of [...roots, ...mounts]) {
    const status = await folderAt(path, files);
    if (status === undefined) return false;
    if (status.ino !== ino && (await files.readdir(path)).every((name) => name === OWN_FOLDER)) return false;
  }
  return true;
}
