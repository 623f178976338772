import type { ModelType } from '../model-types/model-type.js';
import type { Clock } from '../ports/clock.js';
import type { ScanProgress } from '../shapes/progress.js';

const REPORT_EVERY_MS = 500;

/**
 * Tells how far a start-up or a scan is, in the words of docs/behaviour.md, "Scan progress".
 *
 * Invariant: progress never falls within a report, and exactly one terminal snapshot ends it.
 */
export class ScanProgressReport {
  readonly #type: ModelType;
  readonly #clock: Clock;
  readonly #publish: (progress: ScanProgress) => void;
  #progress = 0;
  #percentTold = 0;
  #toldAt = 0;
  #ended = false;

  constructor(type: ModelType, clock: Clock, publish: (progress: ScanProgress) => void) {
    this.#type = type;
    this.#clock = clock;
    this.#publish = publish;
  }

  /** A start-up begins: what was kept of the last one is looked for. */
  loading(): void {
    this.#tell('loading_cache', 0, `Loading ${this.#type.name} cache...`);
  }

  /** What was kept is listed; the start-up is over. */
  loaded(rows: number): void {
    this.#tell('loading_cache', 1, `Loaded cached ${this.#type.name} data from disk`);
    this.#end('complete', 100, `Loaded ${String(rows)} cached ${this.#type.name} files from disk.`);
  }

  walking(): void {
    this.#tell('scan_folders', 0, `Scanning ${this.#type.name} folders...`);
  }

  counted(total: number): void {
    this.#tell('count_models', 1, `Found ${String(total)} ${this.#type.name} files`);
  }

  /** Told when the percentage rose, twice a second at most, and for the last file. */
  handled(done: number, total: number): void {
    const percent = Math.min(99, Math.floor(1 + (done / Math.max(total, 1)) * 98));
    const now = this.#clock.now();
    if (done !== total && (percent <= this.#percentTold || now - this.#toldAt < REPORT_EVERY_MS)) return;
    this.#percentTold = percent;
    this.#toldAt = now;
    this.#tell('process_models', percent, `Processing ${this.#type.name} files: ${String(done)}/${String(total)}`);
  }

  finalizing(): void {
    this.#tell('finalizing', 99, `Finalizing ${this.#type.name} cache...`);
  }

  completed(found: number): void {
    this.#end('complete', 100, `Completed! Found ${String(found)} ${this.#type.name} files.`);
  }

  stopped(status: 'cancelled' | 'error'): void {
    const how = status === 'cancelled' ? 'was cancelled' : 'failed';
    this.#end(status, this.#progress, `Scanning ${this.#type.name} ${how}.`);
  }

  #end(status: 'complete' | 'cancelled' | 'error', progress: number, details: string): void {
    if (this.#ended) return;
    this.#tell('finalizing', progress, details, status);
    this.#ended = true;
  }

  #tell(stage: ScanProgress['stage'], percent: number, details: string, status?: ScanProgress['status']): void {
    if (this.#ended) return;
    this.#progress = Math.max(this.#progress, percent);
    this.#publish({
      stage,
      progress: this.#progress,
      details,
      scanner_type: this.#type.name,
      pageType: this.#type.prefix,
      ...(status !== undefined && { status }),
    });
  }
}
