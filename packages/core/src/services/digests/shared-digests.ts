import { ModelshelfError } from '../../errors.js';
import { DiskLanes, type LaneLimits, type LaneTask } from './disk-lanes.js';
import { refusalOf, type Digester, type FileDigest } from './digest-target.js';

/** What is to be digested, and where it is. */
export interface LocatedFile {
  readonly path: string;
  readonly realPath: string;
  readonly disk: number;
  readonly size: number;
  readonly autov3: boolean;
}

/** One who waits for the digest of a file. */
export interface Waiter {
  /** Lower goes first. */
  readonly rank: number;
  /** Heard only by whoever came first, so that no byte is counted twice. */
  readonly onBytes: (bytesRead: number) => void;
}

/** A place among those who wait. */
export interface Ticket {
  /** Whether somebody waited for the file already. */
  readonly joined: boolean;
  /** Rejects with what the digester said, and with a `ModelshelfError`: `cancelled` after `leave`, or `library_closed`. */
  readonly result: Promise<FileDigest>;
  /** Waits no longer; the reading stops when nobody waits. */
  readonly leave: () => void;
}

interface SharedDigestsParts {
  readonly digester: Digester;
  readonly limits: LaneLimits;
  /** Milliseconds before each further attempt at a file that changed while it was read. */
  readonly retryDelays: readonly number[];
}

interface Place extends Waiter {
  readonly resolve: (digest: FileDigest) => void;
  readonly reject: (error: unknown) => void;
}

/** One file that is read or will be, with all who wait for it. */
interface Reading {
  readonly file: LocatedFile;
  readonly places: Set<Place>;
  stop: AbortController | undefined;
  autov3: boolean;
  /** The entry of the lane that counts; earlier ones with another rank start nothing. */
  task: LaneTask | undefined;
  attempts: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Digests of files that several may ask for, each disk read in turn.
 *
 * Invariant: concurrent demands for one pending checkpoint hash read the file once and all receive the same value.
 */
export class SharedDigests {
  readonly #parts: SharedDigestsParts;
  readonly #lanes: DiskLanes;
  readonly #readings = new Map<string, Reading>();
  #closed = false;

  constructor(parts: SharedDigestsParts) {
    this.#parts = parts;
    this.#lanes = new DiskLanes(parts.limits);
  }

  /** Asks for a file; nothing starts before `pump`, so that of many files the first ones start. */
  join(file: LocatedFile, waiter: Waiter): Ticket {
    if (this.#closed) return { joined: false, result: Promise.reject(closedError()), leave: () => undefined };
    const reading = this.#readings.get(file.realPath) ?? this.#begin(file);
    // Too late for a reading that goes on: its digest is right, only not complete.
    reading.autov3 ||= file.autov3;
    return this.#enter(reading, waiter);
  }

  /** Starts what may start. */
  pump(): void {
    this.#lanes.pump();
  }

  /** Everybody who waits is refused with `library_closed`, and everything stops. */
  close(): void {
    this.#closed = true;
    for (const reading of [...this.#readings.values()]) this.#end(reading, (place) => place.reject(closedError()));
  }

  #begin(file: LocatedFile): Reading {
    const reading: Reading = {
      file,
      places: new Set(),
      stop: undefined,
      autov3: false,
      task: undefined,
      attempts: 0,
      timer: undefined,
    };
    this.#readings.set(file.realPath, reading);
    return reading;
  }

  #enter(reading: Reading, waiter: Waiter): Ticket {
    const { promise, resolve, reject } = withResolvers<FileDigest>();
    const joined = reading.places.size > 0;
    const place: Place = { rank: waiter.rank, onBytes: joined ? () => undefined : waiter.onBytes, resolve, reject };
    reading.places.add(place);
    // A demand moves what is queued in the background forward; what is read or waits for its next attempt stays.
    const queued = reading.attempts === 0 || reading.task !== undefined;
    if (queued && (reading.task === undefined || waiter.rank < reading.task.rank)) this.#queue(reading);
    return {
      joined,
      result: promise,
      leave: () => {
        if (!reading.places.delete(place)) return;
        reject(new ModelshelfError('cancelled', 'Reading the file was cancelled.'));
        if (reading.places.size === 0) this.#end(reading, () => undefined);
      },
    };
  }

  #queue(reading: Reading): void {
    const rank = Math.min(...Array.from(reading.places, (place) => place.rank));
    const task: LaneTask = {
      rank,
      size: reading.file.size,
      start: async () => {
        if (reading.task === task) await this.#read(reading);
      },
    };
    reading.task = task;
    this.#lanes.add(reading.file.disk, task);
  }

  async #read(reading: Reading): Promise<void> {
    const { file, places } = reading;
    const stop = (reading.stop = new AbortController());
    reading.task = undefined;
    reading.attempts += 1;
    try {
      const digest = await this.#parts.digester.digest(file.path, {
        signal: stop.signal,
        autov3: reading.autov3,
        onBytes: (bytesRead) => {
          for (const { onBytes } of places) onBytes(bytesRead);
        },
      });
      this.#end(reading, (place) => place.resolve(digest));
    } catch (error) {
      const delay = this.#parts.retryDelays[reading.attempts - 1];
      if (refusalOf(error) !== 'changed' || delay === undefined || stop.signal.aborted) {
        this.#end(reading, (place) => place.reject(error));
        return;
      }
      for (const { onBytes } of places) onBytes(0);
      reading.timer = setTimeout(() => {
        this.#queue(reading);
        this.pump();
      }, delay);
      reading.timer.unref();
    }
  }

  #end(reading: Reading, settle: (place: Place) => void): void {
    if (this.#readings.get(reading.file.realPath) === reading) this.#readings.delete(reading.file.realPath);
    clearTimeout(reading.timer);
    reading.task = undefined;
    reading.stop?.abort();
    const places = [...reading.places];
    reading.places.clear();
    for (const place of places) settle(place);
  }
}

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((settle, refuse) => {
    resolve = settle;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

function closedError(): ModelshelfError {
  return new ModelshelfError('library_closed', 'The library was closed.');
}
