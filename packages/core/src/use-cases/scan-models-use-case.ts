import type { ScanResult, ScanSteps } from '../catalog/model-scanner.js';
import { isModelshelfError, ModelshelfError } from '../errors.js';
import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ScanProgress } from '../shapes/progress.js';
import type { ModelRoot } from '../shapes/scan.js';
import { ScanCoverage } from './scan-coverage.js';
import { ScanProgressReport } from './scan-progress-report.js';
import { checkRootIds, WantedScan, type ScanRequest } from './scan-request.js';

/** What a scan covers. */
export interface ScanOptions {
  readonly signal: AbortSignal;
  readonly full: boolean;
  /** Ids of the roots to scan; absent: all. */
  readonly roots?: readonly string[];
}

interface ScanModelsParts {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  /** Compares the catalog with the disk; `ModelScanner` in real life. */
  readonly scanner: { scan(steps: ScanSteps, options: ScanOptions): Promise<ScanResult> };
  /** Lists what was kept of the last time; resolves with the number of models. */
  readonly hydrate: () => Promise<number>;
  /** Whether anything is known of a root. */
  readonly hasRows: (rootId: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends every scan: the library closes. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ScanProgress) => void;
  /** After every scan that ran to its end, before that is told. */
  readonly onScanned: (result: ScanResult) => void;
}

interface Run {
  readonly promise: Promise<ScanResult>;
  readonly covers: (wanted: WantedScan) => boolean;
  readonly abort: AbortController;
}

interface WaitingRun {
  readonly wanted: WantedScan;
  readonly promise: Promise<ScanResult>;
}

/**
 * Starts one model type and scans it, one scan at a time.
 *
 * Invariant: a request that the running scan covers joins it; those that want more share one scan after it.
 */
export class ScanModelsUseCase {
  readonly #parts: ScanModelsParts;
  readonly #coverage: ScanCoverage;
  #starting: Promise<void> | undefined;
  #hydrating: Promise<number> | undefined;
  #running: Run | undefined;
  #waiting: WaitingRun | undefined;
  #isInitializing = true;
  /** What has not told its end; the first scan goes on with that of the start-up. */
  #report: ScanProgressReport | undefined;

  constructor(parts: ScanModelsParts) {
    this.#parts = parts;
    this.#coverage = new ScanCoverage(parts.roots);
  }

  /** What is known from scans that ran to their end; changes and counts are those of the newest. */
  get last(): ScanResult | undefined {
    return this.#coverage.last;
  }

  /** True until what was kept is listed or the first scan has ended, however it ended. */
  get isInitializing(): boolean {
    return this.#isInitializing;
  }

  /**
   * Lists what was kept of the last time, then compares it with the disk in the background; without anything kept it
   * scans, and resolves or rejects with that scan. A second call is the first one.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Scans, or joins the scan that runs when that covers the request. Rejects with `cancelled`, `not_found` for a root
   * that there is not, or what made the scan fail.
   */
  async execute(request: ScanRequest = {}): Promise<ScanResult> {
    checkRootIds(request.roots, this.#parts.roots);
    if (this.#pending() === undefined) return this.#begin(new WantedScan(request)).promise;
    const joined = request.fresh === true ? undefined : this.#running;
    if (joined?.abort.signal.aborted === false && joined.covers(new WantedScan(request))) return joined.promise;
    if (this.#waiting === undefined) this.#waiting = this.#enqueue(request);
    else this.#waiting.wanted.add(request);
    return this.#waiting.promise;
  }

  /** Ends the scan that runs and no other; false when none does. */
  cancel(): boolean {
    this.#running?.abort.abort();
    return this.#running !== undefined;
  }

  /** Resolves when nothing runs and nothing waits, however it ended. */
  async settled(): Promise<void> {
    for (let next = this.#pending(); next !== undefined; next = this.#pending()) await next.catch(() => undefined);
  }

  #pending(): Promise<unknown> | undefined {
    return this.#before() ?? this.#waiting?.promise;
  }

  /** What a scan that waits has to wait for. */
  #before(): Promise<unknown> | undefined {
    return this.#hydrating ?? this.#running?.promise;
  }

  async #start(): Promise<void> {
    if ((await this.#hydrateFirst()) === 0) {
      await this.execute();
      return;
    }
    this.execute().catch((error: unknown) => {
      if (isModelshelfError(error) && error.code === 'cancelled') return;
      this.#parts.logger.error('The models could not be compared with the disk.', { error });
    });
  }

  /** What somebody has scanned already is newer than what was kept. */
  async #hydrateFirst(): Promise<number> {
    if (this.#running !== undefined || this.last !== undefined) return 0;
    this.#hydrating = Promise.resolve()
      .then(() => this.#hydrate())
      .finally(() => (this.#hydrating = undefined));
    return this.#hydrating;
  }

  async #hydrate(): Promise<number> {
    this.#report = this.#newReport();
    this.#report.loading();
    const rows = await this.#listKept();
    if (this.#parts.signal.aborted) {
      this.#endReport((report) => report.stopped('cancelled'));
      throw cancelled();
    }
    if (rows > 0) this.#endReport((report) => report.loaded(rows));
    return rows;
  }

  /** What was kept is a convenience: without it there is a scan. */
  async #listKept(): Promise<number> {
    try {
      return await this.#parts.hydrate();
    } catch (error) {
      this.#parts.logger.error('What was kept of the last time could not be listed.', { error });
      return 0;
    }
  }

  /** Whoever hears of the end may look at once. */
  #endReport(tell: (report: ScanProgressReport) => void): void {
    const report = this.#report;
    this.#report = undefined;
    this.#isInitializing = false;
    if (report !== undefined) tell(report);
  }

  #enqueue(request: ScanRequest): WaitingRun {
    const wanted = new WantedScan(request);
    const inTurn = async (): Promise<ScanResult> => {
      for (let before = this.#before(); before !== undefined; before = this.#before())
        await before.catch(() => undefined);
      this.#waiting = undefined;
      return this.#begin(wanted).promise;
    };
    return { wanted, promise: inTurn() };
  }

  #begin(wanted: WantedScan): Run {
    const { roots, hasRows } = this.#parts;
    const ids = wanted.rootsOf(roots, hasRows);
    const abort = new AbortController();
    const covers = (other: WantedScan): boolean =>
      (wanted.full || !other.full) && [...other.rootsOf(roots, hasRows)].every((id) => ids.has(id));
    // A turn later: who hears of the begin and asks for a scan must find this one.
    const promise = Promise.resolve()
      .then(() => this.#run(wanted.full, ids, abort))
      .finally(() => (this.#running = undefined));
    this.#running = { promise, covers, abort };
    return this.#running;
  }

  async #run(full: boolean, ids: ReadonlySet<string>, abort: AbortController): Promise<ScanResult> {
    const { scanner, signal, roots, onScanned } = this.#parts;
    const stop = (): void => abort.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#report ??= this.#newReport();
    const report = this.#report;
    report.walking();
    try {
      const result = await scanner.scan(
        {
          onCounted: (total) => report.counted(total),
          onHandled: (handled, total) => report.handled(handled, total),
        },
        { signal: abort.signal, full, ...(ids.size < roots.length && { roots: [...ids] }) },
      );
      report.finalizing();
      this.#coverage.add(result, ids);
      onScanned(result);
      this.#endReport(() => report.completed(result.counted));
      return result;
    } catch (error) {
      const isCancelled = abort.signal.aborted || (isModelshelfError(error) && error.code === 'cancelled');
      this.#endReport(() => report.stopped(isCancelled ? 'cancelled' : 'error'));
      if (isModelshelfError(error)) throw error;
      throw isCancelled ? cancelled(error) : new ModelshelfError('internal', 'The scan failed.', { cause: error });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #newReport(): ScanProgressReport {
    const { modelType, clock, onProgress } = this.#parts;
    return new ScanProgressReport(modelType, clock, onProgress);
  }
}

function cancelled(cause?: unknown): ModelshelfError {
  return new ModelshelfError('cancelled', 'The scan was cancelled.', { cause });
}
