import { availableParallelism } from 'node:os';
import { ModelshelfError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { DigestRecords, KnownDigest } from '../../ports/digest-records.js';
import type { Logger } from '../../ports/logger.js';
import type { DigestProgress } from '../../shapes/progress.js';
import { BackgroundDigests } from './background-digests.js';
import { DigestBatch } from './digest-batch.js';
import { DigestDesk, type DigestItem } from './digest-desk.js';
import { DigestMeter, type DigestOutcome } from './digest-meter.js';
import { RANK } from './digest-rank.js';
import {
  refusalOf,
  type DigestSource,
  type DigestTarget,
  type DigestTargetOptions,
  type Digester,
  type PendingDigest,
  type PlaceOfFile,
} from './digest-target.js';
import { SharedDigests } from './shared-digests.js';

/** A file that is still written to mostly is a download: some seconds later it may be whole. */
const RETRY_DELAYS = [1000, 2000, 4000, 8000, 16_000];

const TELL_EVERY_MS = 5000;

interface DigestServiceParts {
  readonly digester: Digester;
  readonly placeOf: PlaceOfFile;
  readonly records: DigestRecords;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Aborts when the library closes. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DigestProgress) => void;
  /** Files of one disk that are read at the same time. Default 1: several streams slow each other down. */
  readonly streamsPerDisk?: number;
  /** Disks that are read at the same time. Default as many as there are cores, at most 4. */
  readonly disks?: number;
  /** Milliseconds before each further attempt at a file that changed while it was read. */
  readonly retryDelays?: readonly number[];
}

/** How to ask for digests. */
interface DigestDemand {
  readonly signal?: AbortSignal;
}

/**
 * Computes missing digests in worker threads, in the background and on demand, and keeps each as a record at once, so
 * that a restart goes on where the last run stopped. Listing never waits for it.
 *
 * Invariant: a digest is computed once per file content, and a file that failed is tried again in the background only
 * when it changed or after an hour.
 */
export class DigestService {
  readonly #parts: DigestServiceParts;
  readonly #sources: DigestSource[] = [];
  readonly #meter: DigestMeter;
  readonly #desk: DigestDesk;
  readonly #background: BackgroundDigests;
  /** Sources with digests that nobody was told of yet. */
  readonly #untold = new Set<DigestSource>();
  #toldAt = 0;
  #active = 0;

  constructor(parts: DigestServiceParts) {
    const { digester, records, placeOf, clock, logger, signal, onProgress } = parts;
    const { streamsPerDisk = 1, disks = Math.min(4, availableParallelism()), retryDelays = RETRY_DELAYS } = parts;
    this.#parts = parts;
    this.#meter = new DigestMeter(clock, onProgress);
    const shared = new SharedDigests({ digester, limits: { streamsPerDisk, disks }, retryDelays });
    const onEntered = (source: DigestSource): void => {
      this.#untold.add(source);
      if (clock.now() - this.#toldAt >= TELL_EVERY_MS) this.#tell();
    };
    this.#desk = new DigestDesk({ records, placeOf, shared, logger, onEntered });
    this.#background = new BackgroundDigests({
      sources: this.#sources,
      clock,
      logger,
      newBatch: (onOutcome) => new DigestBatch(this.#desk, this.#meter, onOutcome),
      during: (work) => this.#during(work),
    });
    const close = (): void => {
      this.#background.close();
      shared.close();
    };
    if (signal.aborted) close();
    else signal.addEventListener('abort', close, { once: true });
  }

  /** Adds a source of pending files. */
  addTarget(target: DigestTarget, options: DigestTargetOptions): void {
    this.#sources.push({ ...options, target });
  }

  /** Looks for files to be read unasked and works through them; resolves at once. To be called after every scan. */
  wake(): void {
    this.#background.wake();
  }

  /** Resolves when nothing is read in the background. */
  async idle(): Promise<void> {
    await this.#background.idle();
  }

  /**
   * The digest of one file: at once if it is known, otherwise computed, before everything that is read unasked.
   *
   * Rejects with a `ModelshelfError`: `cancelled` when the signal aborts, `library_closed`, `not_found` when the file is
   * missing, `service_not_ready` when it is still being written, `internal` when it cannot be read.
   */
  async digestOf(target: DigestTarget, pending: PendingDigest, { signal }: DigestDemand = {}): Promise<KnownDigest> {
    const source = this.#sourceOf(target);
    const item: DigestItem = { source, pending, rank: RANK.demand, size: pending.file.size };
    const known = this.#desk.enterKnown(item);
    if (known !== undefined) return known.digest;
    return this.#during(() => this.#demand(item, signal));
  }

  /**
   * Digests everything of a target that is pending, lazy or not, after the demands for single files. Rejects with
   * `cancelled` when the signal aborts and `library_closed` when the library closes; what was computed stays.
   */
  async digestAll(target: DigestTarget, { signal }: DigestDemand = {}): Promise<{ done: number; failed: number }> {
    const source = this.#sourceOf(target);
    const result = { done: 0, failed: 0 };
    await this.#during(async () => {
      const batch = new DigestBatch(this.#desk, this.#meter, ({ pending: { path } }, outcome) => {
        if (!('error' in outcome)) {
          result.done += 1;
          return;
        }
        result.failed += 1;
        this.#parts.logger.warn('A model file could not be digested.', { path, error: outcome.error });
      });
      const stop = (): void => batch.cancel();
      const signals = signal === undefined ? [this.#parts.signal] : [this.#parts.signal, signal];
      for (const each of signals) each.addEventListener('abort', stop, { once: true });
      try {
        if (!signals.some(isAborted)) await batch.add(itemsOf(source));
        while (await batch.step());
      } finally {
        for (const each of signals) each.removeEventListener('abort', stop);
      }
      if (isAborted(this.#parts.signal)) throw new ModelshelfError('library_closed', 'The library was closed.');
      if (isAborted(signal)) throw cancelledError();
    });
    return result;
  }

  async #demand(item: DigestItem, signal: AbortSignal | undefined): Promise<KnownDigest> {
    if (isAborted(signal)) throw cancelledError();
    this.#meter.expect(1, item.size);
    const file = this.#meter.file(item.size);
    const { joined, result, leave } = await this.#desk.ask(item, file.read);
    signal?.addEventListener('abort', leave, { once: true });
    if (isAborted(signal)) leave();
    this.#desk.pump();
    let outcome: DigestOutcome = 'failed';
    try {
      const { digest } = await result;
      outcome = 'done';
      this.#tell();
      return digest;
    } catch (error) {
      if (!isAborted(signal) && !isAborted(this.#parts.signal)) throw explained(error);
      outcome = 'left';
      throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
      file.end(joined ? 'shared' : outcome);
    }
  }

  /** Counts what goes on: with the last of it the progress run ends. */
  async #during<T>(work: () => Promise<T>): Promise<T> {
    this.#active += 1;
    try {
      return await work();
    } finally {
      this.#active -= 1;
      if (this.#active === 0) {
        this.#meter.settle(this.#parts.signal.aborted);
        this.#tell();
      }
    }
  }

  #tell(): void {
    this.#toldAt = this.#parts.clock.now();
    const sources = [...this.#untold];
    this.#untold.clear();
    for (const { onEntered } of sources) onEntered();
  }

  #sourceOf(target: DigestTarget): DigestSource {
    const source = this.#sources.find((each) => each.target === target);
    if (source === undefined) throw new Error('The target was not added to the digest service.');
    return source;
  }
}

function* itemsOf(source: DigestSource): Iterable<DigestItem> {
  for (const pending of source.target.pendingDigests()) {
    yield { source, pending, rank: RANK.pending, size: pending.file.size };
  }
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

function cancelledError(): ModelshelfError {
  return new ModelshelfError('cancelled', 'Reading the file was cancelled.');
}

/** What a digester refused, in words for whoever asked for this very file. */
function explained(error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal === 'missing') return new ModelshelfError('not_found', 'The model file is missing.', { cause: error });
  if (refusal === 'changed') {
    return new ModelshelfError('service_not_ready', 'The model file is still being written.', { cause: error });
  }
  if (refusal === 'unreadable') {
    return new ModelshelfError('internal', 'The model file could not be read.', { cause: error });
  }
  return error;
}
