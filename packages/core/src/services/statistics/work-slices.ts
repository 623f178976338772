import { setImmediate } from 'node:timers/promises';

const SLICE_MS = 3;

/** Steps between two looks at the clock. */
const STEPS = 64;

/**
 * Cuts long work on the event loop into slices: `if (slices.isOver()) await slices.next();` at every step. Works that
 * share one take turns, one slice for each turn of the loop.
 *
 * Invariant: statistics never hold the event loop longer than a slice, however many are worked out at once.
 */
export class WorkSlices {
  #since = 0;
  #steps = 0;
  #turns: Promise<void> = Promise.resolve();

  /** Counts small steps; true when others should have their turn. */
  isOver(steps = 1): boolean {
    this.#steps += steps;
    if (this.#steps < STEPS) return false;
    this.#steps = 0;
    return performance.now() - this.#since > SLICE_MS;
  }

  /** Lets everything else that waits run first. */
  async next(): Promise<void> {
    const turn = this.#turns.then(() => setImmediate());
    this.#turns = turn;
    await turn;
    this.#since = performance.now();
  }
}
