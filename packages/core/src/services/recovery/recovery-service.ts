import type { RecoveryReport } from '../../disk/file-engine.js';
import type { Logger } from '../../ports/logger.js';

/** Long enough for the lock of a process that died on another machine to become stale. */
const RETRY_MS = 30_000;

interface RecoveryParts {
  readonly engine: { recover(): Promise<RecoveryReport> };
  readonly logger: Logger;
  /** Rows are to be compared with the disk: files changed that were listed already. */
  readonly onRecovered: () => void;
  readonly retryMs?: number;
}

/**
 * Undoes or finishes what a dead process left half done: at the start, once more when its locks have become stale, and
 * again as long as a root that it needs is away.
 */
export class RecoveryService {
  readonly #parts: RecoveryParts;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** Before anything is listed; never rejects. */
  async begin(): Promise<void> {
    await this.#recover();
    this.#retry();
  }

  /** Resolves when nothing is being recovered any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #retry(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#again();
    }, this.#parts.retryMs ?? RETRY_MS).unref();
  }

  async #again(): Promise<void> {
    const { undone = 0, finished = 0, waiting = 1 } = (await this.#recover()) ?? {};
    if (undone + finished > 0) this.#parts.onRecovered();
    if (waiting > 0) this.#retry();
  }

  async #recover(): Promise<RecoveryReport | undefined> {
    const { engine, logger } = this.#parts;
    try {
      const report = await engine.recover();
      const { undone, finished, waiting } = report;
      if (undone + finished > 0)
        logger.warn('Changes that were cut short were recovered.', { undone, finished, waiting });
      return report;
    } catch (error) {
      logger.warn('Changes that were cut short could not be recovered yet.', { error });
      return undefined;
    }
  }
}
