import { mkdir, stat } from 'node:fs/promises';
import type { Clock } from '../../ports/clock.js';
import type { IndexChange, IndexLoad, IndexScope } from '../../ports/index-store.js';
import type { Logger } from '../../ports/logger.js';
import type { ScannedModel } from '../../shapes/scan.js';
import { ChangeLog } from './change-log.js';
import type { IndexFiles } from './index-files.js';
import {
  emptyTally,
  ForeignIndexError,
  readChanges,
  readRows,
  readSnapshotHeader,
  type IndexTally,
  type Overlay,
} from './read-index.js';
import { writeSnapshot } from './write-snapshot.js';

/** Changes are gathered up to this size, however small the snapshot is. */
const LEAST_LOG_BYTES = 256 * 1024;
/** While changes keep coming, a log may grow to so many times the size at which it is due. */
const PATIENCE = 8;
const QUIET_MS = 500;
/** A change of more rows than this, and than half of the snapshot, becomes a snapshot at once. */
const LEAST_REWRITE_ROWS = 1000;

interface Pending {
  readonly change: IndexChange;
  resolve(): void;
  reject(error: unknown): void;
}

/** What changes are appended to at present. */
interface Attached {
  readonly log: ChangeLog;
  /** Size, time and inode: another process may put a new snapshot in the place of this one. */
  readonly identity: string;
  readonly snapshotBytes: number;
  readonly snapshotRows: number;
}

/**
 * The rows of one scope: a snapshot, and a log of what changed since. One task at a time touches the files.
 *
 * Invariant: a process that is killed at any moment leaves a snapshot and the log that belongs to it.
 */
export class ScopeStore {
  readonly #files: IndexFiles;
  readonly #scope: IndexScope;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #tasks: Promise<unknown> = Promise.resolve();
  #pending: Pending[] = [];
  #attached: Attached | undefined;
  /** What the files hold cannot all be used: they are written anew when there is time. */
  #spoilt = false;
  /** The length of the log at which writing the snapshot anew failed last: it is not tried again at every append. */
  #failedAt = 0;
  #quiet: NodeJS.Timeout | undefined;

  constructor(files: IndexFiles, scope: IndexScope, logger: Logger, clock: Clock) {
    this.#files = files;
    this.#scope = scope;
    this.#logger = logger;
    this.#clock = clock;
  }

  load(onRows: (rows: readonly ScannedModel[]) => void | Promise<void>): Promise<IndexLoad> {
    return this.#enqueue(() => this.#load(onRows));
  }

  append(change: IndexChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ change, resolve, reject });
      // Whatever is appended in the same turn goes to disk in one write.
      if (this.#pending.length === 1) void this.#enqueue(() => this.#appendAll());
    });
  }

  close(): Promise<void> {
    return this.#enqueue(async () => {
      clearTimeout(this.#quiet);
      await this.#compactIfDue(1);
      await this.#detach();
    });
  }

  #enqueue<R>(task: () => Promise<R>): Promise<R> {
    const run = this.#tasks.then(task);
    this.#tasks = run.catch(() => undefined);
    return run;
  }

  async #load(onRows: (rows: readonly ScannedModel[]) => void | Promise<void>): Promise<IndexLoad> {
    const tally = emptyTally();
    let taking = false;
    try {
      const header = await readSnapshotHeader(this.#files);
      if (header === undefined) return tally;
      const overlay = await this.#changesOf(header.changes, tally);
      for await (const rows of readRows(this.#files, this.#scope, overlay, tally)) {
        taking = true;
        await onRows(rows);
        taking = false;
      }
    } catch (error) {
      if (taking) {
        this.#logger.error('Rows of the index store could not be taken.', { error });
        return tally;
      }
      this.#spoilt = true;
      if (error instanceof ForeignIndexError) await this.#setAside(error.path);
      else this.#logger.warn('The index store cannot be read.', { file: this.#files.snapshot, error });
    }
    if (tally.invalid > 0) this.#spoilt = true;
    return tally;
  }

  /** A log that cannot be used is left out: what it would have said is found by the next scan. */
  async #changesOf(changes: string, tally: IndexTally): Promise<Overlay> {
    try {
      return await readChanges(this.#files, this.#scope, changes, tally);
    } catch (error) {
      this.#spoilt = true;
      if (error instanceof ForeignIndexError) await this.#setAside(error.path);
      else
        this.#logger.warn('Changes of the index store cannot be read.', { file: this.#files.changes(changes), error });
      return new Map();
    }
  }

  async #setAside(file: string): Promise<void> {
    try {
      const aside = await this.#files.setAside(file, this.#clock.now());
      this.#logger.warn('The index store cannot be read; it was set aside.', { file, aside });
    } catch (error) {
      this.#logger.warn('The index store cannot be read, nor set aside.', { file, error });
    }
  }

  async #appendAll(): Promise<void> {
    const batch = this.#pending;
    this.#pending = [];
    try {
      await this.#write(batch.map(({ change }) => change));
      for (const pending of batch) pending.resolve();
    } catch (error) {
      for (const pending of batch) pending.reject(error);
      return;
    }
    await this.#compactIfDue(PATIENCE);
    // A scan appends many times in a row: what is due waits until it is over.
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#enqueue(() => this.#compactIfDue(1)), QUIET_MS).unref();
  }

  async #write(changes: readonly IndexChange[]): Promise<void> {
    const attached = await this.#attach();
    const rows = changes.reduce((sum, { upserts }) => sum + upserts.length, 0);
    if (attached === undefined || rows > Math.max(LEAST_REWRITE_ROWS, attached.snapshotRows / 2)) {
      await this.#rewrite(changes);
    } else {
      await attached.log.append(changes);
    }
  }

  /** Undefined where there is no snapshot yet. */
  async #attach(): Promise<Attached | undefined> {
    const found = await stat(this.#files.snapshot, { bigint: true }).catch(() => undefined);
    const identity = found === undefined ? '' : [found.size, found.mtimeNs, found.ino].join(':');
    if (this.#attached?.identity === identity) return this.#attached;
    await this.#detach();
    if (found === undefined) return undefined;
    const header = await readSnapshotHeader(this.#files).catch((error: unknown) => {
      if (!(error instanceof ForeignIndexError)) throw error;
      return undefined;
    });
    if (header === undefined) {
      await this.#setAside(this.#files.snapshot);
      return undefined;
    }
    const { changes, rows } = header;
    await mkdir(this.#files.folder, { recursive: true });
    const log = await ChangeLog.open(this.#files.changes(changes), this.#files.changesHeader(changes), this.#scope);
    this.#attached = { log, identity, snapshotBytes: Number(found.size), snapshotRows: rows };
    return this.#attached;
  }

  async #detach(): Promise<void> {
    const former = this.#attached;
    this.#attached = undefined;
    await former?.log.close();
  }

  async #compactIfDue(patience: number): Promise<void> {
    const logBytes = this.#attached?.log.bytes ?? 0;
    const most = Math.max(LEAST_LOG_BYTES, (this.#attached?.snapshotBytes ?? 0) / 2, this.#failedAt * 2);
    if (logBytes <= most * patience && (!this.#spoilt || patience > 1)) return;
    try {
      if ((await this.#attach()) !== undefined) await this.#rewrite([]);
      this.#failedAt = 0;
    } catch (error) {
      this.#failedAt = logBytes;
      this.#logger.warn('The index store could not be written anew.', { file: this.#files.snapshot, error });
    }
    this.#spoilt = false;
  }

  /** Snapshot, log and these changes become the new snapshot, with an empty log of its own. */
  async #rewrite(changes: readonly IndexChange[]): Promise<void> {
    const tally = emptyTally();
    const header = await readSnapshotHeader(this.#files);
    const overlay: Overlay =
      header === undefined ? new Map<string, ScannedModel | null>() : await this.#changesOf(header.changes, tally);
    for (const { upserts, removals } of changes) {
      for (const path of removals) overlay.set(path, null);
      for (const model of upserts) overlay.set(model.entry.file_path, model);
    }
    await this.#detach();
    const written = await writeSnapshot(this.#files, this.#scope, readRows(this.#files, this.#scope, overlay, tally));
    await this.#files.tidy(written.changes, this.#clock.now()).catch((error: unknown) => {
      this.#logger.warn('Former files of the index store could not be removed.', { error });
    });
  }
}
