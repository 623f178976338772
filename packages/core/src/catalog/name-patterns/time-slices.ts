import { setImmediate } from 'node:timers/promises';
import { ModelshelfError } from '../../errors.js';

/** Ample for requests in between to stay quick, and little is lost to pausing. */
const SLICE_MS = 8;

/** Long work on the main thread in slices: between two of them everybody else has a turn. */
export class TimeSlices {
  readonly #signal: AbortSignal | undefined;
  #start = performance.now();
  #left = Infinity;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time to pause. */
  get isOver(): boolean {
    return performance.now() - this.#start >= SLICE_MS;
  }

  /** From here on slices may take so much in all, the turns of others not counted. */
  limit(milliseconds: number): void {
    this.#left = milliseconds;
  }

  /** Lets the others have their turn. Fails when the work is no longer wanted or has had its time. */
  async pause(): Promise<void> {
    this.#left -= performance.now() - this.#start;
    await setImmediate();
    if (this.#signal?.aborted === true) throw new ModelshelfError('cancelled', 'The request was cancelled');
    if (this.#left < 0) throw new ModelshelfError('validation_failed', 'The name patterns take too long');
    this.#start = performance.now();
  }
}
