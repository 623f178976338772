import type { Logger } from '../../ports/logger.js';
import type { TrashService } from './trash-service.js';

const HOUR_MS = 60 * 60 * 1000;

/** Runs something again and again; the returned function ends that. */
export type Every = (ms: number, run: () => void) => () => void;

/** Keeps no process alive. */
const everyUnref: Every = (ms, run) => {
  const timer = setInterval(run, ms).unref();
  return () => clearInterval(timer);
};

interface TrashSweeperParts {
  readonly trash: Pick<TrashService, 'purge'>;
  readonly logger: Logger;
  readonly every?: Every;
}

/** Removes expired batches of the trash, at the start and once an hour. */
export class TrashSweeper {
  readonly #parts: TrashSweeperParts;
  #stop: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(parts: TrashSweeperParts) {
    this.#parts = parts;
  }

  /** Sweeps at once, and from then on. To be called when what a dead process left was recovered. */
  begin(): void {
    this.#sweep();
    this.#stop ??= (this.#parts.every ?? everyUnref)(HOUR_MS, () => this.#sweep());
  }

  /** Ends sweeping; resolves when the sweep that runs has ended. */
  async close(): Promise<void> {
    this.#stop?.();
    await this.#running;
  }

  #sweep(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run().finally(() => (this.#isRunning = false));
  }

  async #run(): Promise<void> {
    const { trash, logger } = this.#parts;
    try {
      const { purged, bytesFreed } = await trash.purge({ kind: 'expired' });
      if (purged.length > 0)
        logger.info('Expired models were removed from the trash.', { batches: purged, bytesFreed });
    } catch (error) {
      logger.error('The trash could not be swept.', { error });
    }
  }
}
