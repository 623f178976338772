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
}

const REPORT_EVERY_MS = 500;
const TELL_EVERY_MS = 5000;

interface Source {
  readonly target: DigestTarget;
  /** Hears, a few seconds apart, that digests were entered. */
  readonly onEntered: () => void;
}

/**
 * Computes missing digests in the background, one file at a time, and keeps each as a record at once, so that a
 * restart goes on where the last run stopped. Listing never waits for it.
 *
 * Invariant: a digest is computed once per file content, and a file that failed is tried again only when it changed.
 */
export class DigestService {
  readonly #parts: DigestServiceParts;
  readonly #sources: Source[] = [];
  readonly #failed = new Set<string>();
  #running: Promise<void> | undefined;
  #again = false;

  constructor(parts: DigestServiceParts) {
    this.#parts = parts;
  }

  /** Adds a source of pending files; earlier ones go first. `onEntered` hears, seconds apart, that digests arrived. */
  addTarget(target: DigestTarget, onEntered: () => void): void {
    this.#sources.push({ target, onEntered });
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
      const queue = this.#sources.flatMap((source) =>
        source.target
          .pendingDigests()
          .filter((pending) => !this.#failed.has(identityOf(pending)))
          .map((pending) => ({ source, pending })),
      );
      if (queue.length > 0) await this.#run(queue);
    }
  }

  async #run(queue: readonly { source: Source; pending: PendingDigest }[]): Promise<void> {
    const { clock, signal, logger } = this.#parts;
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
    const changed = new Set<Source>();
    let toldAt = startedAt;
    const tell = (): void => {
      toldAt = clock.now();
      for (const { onEntered } of changed) onEntered();
      changed.clear();
    };
    for (const { source, pending } of queue) {
      if (signal.aborted) break;
      try {
        const { sha256, file } = await this.#digestOf(pending, (bytes) => report(bytesBefore + bytes, 'running'));
        if (source.target.setDigest(pending.path, file, sha256)) changed.add(source);
        else this.#failed.add(identityOf(pending));
        filesDone++;
      } catch (error) {
        if (signal.aborted) break;
        filesFailed++;
        this.#failed.add(identityOf(pending));
        logger.warn('A model file could not be digested.', { path: pending.path, error });
      }
      bytesBefore += pending.file.size;
      report(bytesBefore, 'running');
      if (clock.now() - toldAt >= TELL_EVERY_MS) tell();
    }
    report(bytesBefore, signal.aborted ? 'cancelled' : 'complete');
    tell();
  }

  /** From the records, where another type's folder may have brought it, else from the file; kept as a record then. */
  async #digestOf(pending: PendingDigest, onBytes: (bytes: number) => void) {
    const { digester, records, signal, logger } = this.#parts;
    const known = records.find(pending.path, pending.file);
    if (known !== undefined) return { sha256: known, file: pending.file };
    const digest = await digester.sha256(pending.path, { signal, onBytes });
    try {
      await records.keep(pending.path, digest.file, digest.sha256);
    } catch (error) {
      // The digest is right even where it cannot be kept.
      logger.error('A digest could not be kept.', { path: pending.path, error });
    }
    return digest;
  }
}

function identityOf({ path, file }: PendingDigest): string {
  return `${path}\n${String(file.size)}\n${String(file.mtimeMs)}\n${String(file.ino)}`;
}
