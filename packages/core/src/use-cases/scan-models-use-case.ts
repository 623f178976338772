import type { ModelScanner, ScanResult } from '../catalog/model-scanner.js';
import { isModelshelfError, ModelshelfError } from '../errors.js';
import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { ScanProgress } from '../shapes/progress.js';

interface ScanModelsParts {
  readonly modelType: ModelType;
  readonly scanner: ModelScanner;
  readonly clock: Clock;
  /** Ends every scan: the library closes. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ScanProgress) => void;
  /** After every scan that ran to its end. */
  readonly onScanned: (result: ScanResult) => void;
}

const REPORT_EVERY_MS = 500;

/**
 * Scans one model type: one run at a time, with progress and a terminal event.
 *
 * Invariant: requests during a run share it; progress never falls within a run and ends with exactly one terminal
 * snapshot, also on failure and on cancellation.
 */
export class ScanModelsUseCase {
  readonly #parts: ScanModelsParts;
  #running: Promise<ScanResult> | undefined;
  #last: ScanResult | undefined;

  constructor(parts: ScanModelsParts) {
    this.#parts = parts;
  }

  /** The result of the newest scan that ran to its end. */
  get last(): ScanResult | undefined {
    return this.#last;
  }

  /** True until the first scan is done, and during every later one. */
  get isInitializing(): boolean {
    return this.#last === undefined || this.#running !== undefined;
  }

  /** Runs a scan, or joins the one that runs. Rejects with `cancelled` or with what made the scan fail. */
  execute(): Promise<ScanResult> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Resolves when no scan runs, however it ended. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<ScanResult> {
    const { scanner, signal, onScanned } = this.#parts;
    const { name } = this.#parts.modelType;
    let progress = 0;
    const report = (stage: ScanProgress['stage'], percent: number, details: string): void => {
      progress = Math.max(progress, percent);
      this.#report({ stage, progress, details });
    };
    if (this.#last === undefined) report('loading_cache', 0, `Loading ${name} cache...`);
    report('scan_folders', 0, `Scanning ${name} folders...`);
    try {
      const result = await scanner.scan(
        {
          onCounted: (total) => report('count_models', 1, `Found ${String(total)} ${name} files`),
          onHandled: this.#handledReporter(report),
        },
        signal,
      );
      report('finalizing', 99, `Finalizing ${name} cache...`);
      this.#last = result;
      const details = `Completed! Found ${String(result.counted)} ${name} files.`;
      this.#report({ stage: 'finalizing', progress: 100, details, status: 'complete' });
      onScanned(result);
      return result;
    } catch (error) {
      const cancelled = isModelshelfError(error) && error.code === 'cancelled';
      const details = `Scanning ${name} ${cancelled ? 'was cancelled' : 'failed'}.`;
      this.#report({ stage: 'finalizing', progress, details, status: cancelled ? 'cancelled' : 'error' });
      throw isModelshelfError(error) ? error : new ModelshelfError('internal', details, { cause: error });
    }
  }

  #handledReporter(
    report: (stage: ScanProgress['stage'], percent: number, details: string) => void,
  ): (handled: number, total: number) => void {
    const { clock, modelType } = this.#parts;
    let reported = 0;
    let reportedAt = 0;
    return (handled, total) => {
      const percent = Math.min(99, Math.floor(1 + (handled / Math.max(total, 1)) * 98));
      const isLast = handled === total;
      if (!isLast && (percent <= reported || clock.now() - reportedAt < REPORT_EVERY_MS)) return;
      reported = percent;
      reportedAt = clock.now();
      report('process_models', percent, `Processing ${modelType.name} files: ${String(handled)}/${String(total)}`);
    };
  }

  #report(progress: Omit<ScanProgress, 'scanner_type' | 'pageType'>): void {
    const { modelType, onProgress } = this.#parts;
    onProgress({ ...progress, scanner_type: modelType.name, pageType: modelType.prefix });
  }
}
