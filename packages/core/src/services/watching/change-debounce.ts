import type { Clock } from '../../ports/clock.js';
import type { Timers } from './timers.js';

/** After the last change, and at most after the first one. */
const QUIET_MS = 500;
const LONGEST_WAIT_MS = 5000;

/**
 * Turns many changes into few scans: one when half a second passed without a change, and at the latest five seconds after
 * the first, or nine times as long as the last scan took, so that a long copy does not keep the disk busy.
 */
export class ChangeDebounce {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #onSettled: () => void;
  #firstAt: number | undefined;
  #lastAt = 0;
  #longestWait = LONGEST_WAIT_MS;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, timers: Timers, onSettled: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#onSettled = onSettled;
  }

  /** There was a change. Costs nothing while others wait: copying a large file tells of thousands. */
  note(): void {
    this.#lastAt = this.#clock.now();
    if (this.#firstAt !== undefined) return;
    this.#firstAt = this.#lastAt;
    this.#wait(QUIET_MS);
  }

  /** A scan took so long. */
  scanTook(ms: number): void {
    this.#longestWait = Math.max(LONGEST_WAIT_MS, 9 * ms);
  }

  cancel(): void {
    this.#cancel?.();
    this.#firstAt = undefined;
  }

  #wait(ms: number): void {
    this.#cancel = this.#timers.after(ms, () => {
      const due = Math.min(this.#lastAt + QUIET_MS, (this.#firstAt ?? 0) + this.#longestWait);
      const left = due - this.#clock.now();
      if (left > 0) return this.#wait(left);
      this.#firstAt = undefined;
      this.#onSettled();
    });
  }
}
