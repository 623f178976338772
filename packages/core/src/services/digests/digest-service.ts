import type { Clock } from '../../ports/clock.js';
import type { DigestRecords } from '../../ports/digest-records.js';
import type { Logger } from '../../ports/logger.js';
import type { DigestProgress } from '../../shapes/progress.js';
import type { FileSignature } from '../../shapes/scan.js';

/** A model file without a known digest. */
export interface PendingDigest {
  readonly path: string;
  readonly file: FileSignature;
}

/** Where pending files come from and digests go to: a catalog, seen from here. */
export interface DigestTarget {
  pendingDigests(): readonly PendingDigest[];
  /** False when the file is no longer the one that the digest was computed from. */
  setDigest(path: string, file: FileSignature, sha256: string): boolean;
}

/** Reads a file and digests it, away from the event loop. */
export interface Digester {
  sha256(
    path: string,
    options: { signal: AbortSignal; onBytes?: (bytes: number) => void },
  ): Promise<{ readonly sha256: string; readonly file: FileSignature }>;
}

interface DigestServiceParts {
  readonly digester: Digester;
  readonly records: DigestRecords;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: DigestProgress) => void;
  readonly onEntered: () => void;
}

const REPORT_EVERY_MS = 500;

/**
 * Computes missing digests in the background, one file at a time, and keeps each as a record at once, so that a
 * restart goes on where the last run stopped. Listing never waits for it.
 *
 * Invariant: a digest is computed once per file content, and a file that failed is tried again only when it changed.
 */
export class DigestService {
  readonly #parts: DigestServiceParts;
  readonly #targets: DigestTarget[] = [];
  readonly #failed = new Set<string>();
  #running: Promise<void> | undefined;
  #again = false;

  constructor(parts: DigestServiceParts) {
    this.#parts = parts;
  }

  /** Adds a source of pending files; earlier ones go first. */
  addTarget(target: DigestTarget): void {
    this.#targets.push(target);
  }

  /** Looks for pending files and works through them; resolves at once, and does nothing while a run goes on. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#runUntilDone().finally(() => (this.#running = undefined));
  }

  /** Resolves when no run goes on. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #runUntilDone(): Promise<void> {
    while (this.#again && !this.#parts.signal.aborted) {
      this.#again = false;
      const queue = this.#targets.flatMap((target) =>
        target
          .pendingDigests()
          .filter((pending) => !this.#failed.has(identityOf(pending)))
          .map((pending) => ({ target, pending })),
      );
      if (queue.length > 0) await this.#run(queue);
    }
  }

  async #run(queue: readonly { target: DigestTarget; pending: PendingDigest }[]): Promise<void> {
    const { clock, digester, records, signal, logger } = this.#parts;
    const startedAt = clock.now();
    const bytesTotal = queue.reduce((sum, { pending }) => sum + pending.file.size, 0);
    let bytesBefore = 0;
    let filesDone = 0;
    let filesFailed = 0;
    let reportedAt = 0;
    const report = (bytesNow: number, status: DigestProgress['status']): void => {
      if (status === 'running' && clock.now() - reportedAt < REPORT_EVERY_MS) return;
      reportedAt = clock.now();
      const seconds = Math.max((reportedAt - startedAt) / 1000, 0.001);
      const speed = Math.round(bytesNow / seconds);
      this.#parts.onProgress({
        status,
        files_done: filesDone,
        files_failed: filesFailed,
        files_total: queue.length,
        bytes_done: bytesNow,
        bytes_total: bytesTotal,
        bytes_per_second: speed,
        seconds_left: speed > 0 ? Math.ceil((bytesTotal - bytesNow) / speed) : null,
      });
    };
    report(0, 'running');
    for (const { target, pending } of queue) {
      if (signal.aborted) break;
      try {
        const { sha256, file } = await digester.sha256(pending.path, {
          signal,
          onBytes: (bytes) => report(bytesBefore + bytes, 'running'),
        });
        await records.keep(pending.path, file, sha256);
        target.setDigest(pending.path, file, sha256);
        filesDone++;
      } catch (error) {
        if (signal.aborted) break;
        filesFailed++;
        this.#failed.add(identityOf(pending));
        logger.warn('A model file could not be digested.', { path: pending.path, error });
      }
      bytesBefore += pending.file.size;
      report(bytesBefore, 'running');
    }
    report(bytesBefore, signal.aborted ? 'cancelled' : 'complete');
    if (filesDone > 0) this.#parts.onEntered();
  }
}

function identityOf({ path, file }: PendingDigest): string {
  return `${path}\n${String(file.size)}\n${String(file.mtimeMs)}\n${String(file.ino)}`;
}
