import type { Logger } from '../ports/logger.js';
import type { OrganizeProgress } from '../shapes/organize-progress.js';

/** Hears of a snapshot; nobody waits for it. */
export type OrganizeListener = (progress: OrganizeProgress) => unknown;

/**
 * The newest snapshot of auto-organize over all model types: what polling reads.
 *
 * Invariant: the auto-organize snapshot stays readable by polling until it is explicitly cleared; before the first run and
 * after clearing there is none.
 */
export class AutoOrganizeProgress {
  readonly #publish: OrganizeListener;
  readonly #logger: Logger;
  #last: OrganizeProgress | undefined;

  /** @param publish Tells everybody else: the progress emitter in real life. */
  constructor(publish: OrganizeListener, logger: Logger) {
    this.#publish = publish;
    this.#logger = logger;
  }

  get last(): OrganizeProgress | undefined {
    return this.#last;
  }

  /** Stores a snapshot, then tells it; a listener that fails is reported, and the run goes on. */
  put(progress: OrganizeProgress, listener?: OrganizeListener): void {
    this.#last = progress;
    for (const tell of [this.#publish, listener]) this.#tell(tell, progress);
  }

  clear(): void {
    this.#last = undefined;
  }

  #tell(listener: OrganizeListener | undefined, progress: OrganizeProgress): void {
    const report = (error: unknown): void => {
      this.#logger.error('A listener of auto-organize failed.', { error });
    };
    try {
      const returned = listener?.(progress);
      if (returned instanceof Promise) returned.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
