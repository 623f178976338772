import { ModelshelfError } from '../errors.js';
import type { Clock } from '../ports/clock.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { Logger } from '../ports/logger.js';
import { JournaledPlan } from './act-plan.js';
import type { FilePlan } from './file-plan.js';
import { History } from './history.js';
import { pathsOfEntry, type HistoryNote, type JournalEntry } from './journal-entry.js';
import { Journal } from './journal.js';
import type { JournalSession } from './journal-session.js';
import { toMutationError } from './mutation-error.js';
import { absolutePath } from './normalise-path.js';
import { PathLocks } from './path-locks.js';
import { preparePlan } from './plan-entry.js';
import { Recovery, type RecoveryReport } from './recover-journal.js';
import { RootLocks, type RootLockTimes } from './root-lock.js';

export type { HistoryNote } from './journal-entry.js';
export type { RecoveryReport } from './recover-journal.js';

/** How a plan is run. */
export interface RunOptions {
  /** Looked at between two steps: what was done is undone, and the run rejects with `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Keeps the applied plan for 30 days, so that it can be undone. */
  readonly history?: HistoryNote | undefined;
}

export interface FileEngineParts {
  readonly dataDir: string;
  readonly files: FileOperations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folders below which plans may change files, `/` separators; none of them is ever made or removed. */
  readonly roots: () => readonly string[];
  /** For tests. */
  readonly times?: RootLockTimes | undefined;
}

/**
 * Runs plans of file changes.
 *
 * Invariant: after a plan was run, or was cut short by an error, a full disk, the end of the process or of the power and
 * then recovered, either all of it is done or none; a file that the plan does not name is never changed or removed.
 */
export class FileEngine {
  readonly locks = new PathLocks();
  readonly rootLocks: RootLocks;
  readonly history: History;
  readonly #parts: FileEngineParts;
  readonly #dataDir: string;
  readonly #journal: Journal;
  readonly #recovery: Recovery;
  /** Plan id to its paths. */
  readonly #inFlight = new Map<string, ReadonlySet<string>>();
  readonly #running = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(parts: FileEngineParts) {
    const { files, clock, logger, times } = parts;
    const dataDir = absolutePath(parts.dataDir);
    this.#parts = parts;
    this.#dataDir = dataDir;
    this.#journal = new Journal({ dataDir, files, logger, times });
    this.history = new History({ dataDir, files, clock, logger });
    const onTakenOver = (root: string): Promise<void> => this.#recovery.afterTakeover(root);
    this.rootLocks = new RootLocks({ files, logger, times, onTakenOver });
    this.#recovery = new Recovery({
      journal: this.#journal,
      rootLocks: this.rootLocks,
      files,
      logger,
      isRunning: ({ id }) => this.#inFlight.has(id),
      isInUse: (entry) => this.#isInUse(entry),
    });
  }

  /**
   * Does all of a plan, or none of it and rejects with what the disk said. To be called while the models are locked.
   * When what was done cannot be undone either, it rejects with `storage_unavailable`, and a recovery undoes it later.
   */
  run(plan: FilePlan, options: RunOptions = {}): Promise<void> {
    return this.#unlessClosed(() => this.#run(plan, options));
  }

  /** Undoes or finishes every plan that a dead process of this data folder left, and those that this one could not. */
  recover(): Promise<RecoveryReport> {
    return this.#unlessClosed(async () => {
      try {
        await this.history.prune().catch((error: unknown) => {
          this.#parts.logger.warn('Applied plans that are too old could not be forgotten.', { error });
        });
        return await this.#recovery.run();
      } catch (error) {
        throw toMutationError(error, this.#dataDir);
      }
    });
  }

  /** Waits for the plans that run, and gives all locks back. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #unlessClosed<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing !== undefined) {
      return Promise.reject(new ModelshelfError('library_closed', 'The library is closed.'));
    }
    const running = work();
    const settled = running.then(
      () => undefined,
      () => undefined,
    );
    this.#running.add(settled);
    void settled.then(() => this.#running.delete(settled));
    return running;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#running);
    await this.rootLocks.close();
    await this.#journal.close();
  }

  async #run(plan: FilePlan, { signal, history }: RunOptions): Promise<void> {
    const { files, clock, roots } = this.#parts;
    try {
      const place = { roots: roots(), dataDir: this.#dataDir, files, now: clock.now() };
      await this.#settleBefore(plan);
      const { entry, contents } = await preparePlan(plan, place, history);
      const journaled = new JournaledPlan(entry, files, contents);
      this.#inFlight.set(entry.id, new Set(pathsOfEntry(entry)));
      try {
        await this.#act(await this.#journal.own(), journaled, signal);
      } finally {
        this.#inFlight.delete(entry.id);
      }
    } catch (error) {
      throw toMutationError(error, firstPathOf(plan));
    }
  }

  async #act(session: JournalSession, plan: JournaledPlan, signal: AbortSignal | undefined): Promise<void> {
    const { logger } = this.#parts;
    try {
      await session.write(plan.entry);
      await plan.act(signal);
      await session.markDone(plan.entry);
    } catch (error) {
      await this.#undo(session, plan, error);
      throw error;
    }
    try {
      await session.flush();
      await plan.finish();
      await session.remove(plan.entry, true);
    } catch (error) {
      // The next recovery does it.
      logger.warn('What a change left behind could not be removed yet.', { kind: plan.entry.kind, error });
    }
  }

  async #undo(session: JournalSession, plan: JournaledPlan, cause: unknown): Promise<void> {
    let isUndone = false;
    try {
      isUndone = await plan.undo();
      if (isUndone) return await session.remove(plan.entry, false);
    } catch (error) {
      this.#parts.logger.error('A change that failed could not be undone.', { kind: plan.entry.kind, error, cause });
    }
    this.#recovery.leave(plan.entry);
    if (isUndone) return;
    throw new ModelshelfError(
      'storage_unavailable',
      'The change failed, and will be undone as soon as the disk allows.',
      {
        cause,
      },
    );
  }

  /** A plan over files of another one that waits would be undone with it: that one goes first, or neither. */
  async #settleBefore(plan: FilePlan): Promise<void> {
    const paths = new Set(pathsOfPlan(plan));
    const isHeldUp = (): boolean =>
      this.#recovery.waiting.some((entry) => pathsOfEntry(entry).some((path) => paths.has(path)));
    if (!isHeldUp()) return;
    await this.#recovery.run();
    if (!isHeldUp()) return;
    throw new ModelshelfError(
      'storage_unavailable',
      'An earlier change of these files was cut short and waits to be undone.',
    );
  }

  #isInUse(entry: JournalEntry): boolean {
    const paths = pathsOfEntry(entry);
    return [...this.#inFlight.values()].some((used) => paths.some((path) => used.has(path)));
  }
}

function* pathsOfPlan({ moves, creates, rewrites, links, discards }: FilePlan): Iterable<string> {
  for (const { from, to } of moves ?? []) yield* [from, to];
  for (const { path, to } of links ?? []) yield* [path, to];
  for (const { path } of [...(creates ?? []), ...(rewrites ?? [])]) yield path;
  yield* discards ?? [];
}

function firstPathOf(plan: FilePlan): string {
  for (const path of pathsOfPlan(plan)) return path;
  return plan.emptied?.[0] ?? '';
}
