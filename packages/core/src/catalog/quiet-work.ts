import { inTurns } from './in-turns.js';

/** Nobody adds to the work for so long: a start or a scan has had its rows entered. */
const QUIET_MS = 50;
/** A scan that enters rows all the time is not waited for any longer. */
const LONGEST_WAIT_MS = 5_000;

/** Work that makes answers faster but not other: done in the background, in small slices, when things have become quiet. */
export class QuietWork {
  readonly #work: () => Generator<void>;
  #isWaiting = false;
  #isBusy = false;

  /** @param work Whatever is to be done at present. */
  constructor(work: () => Generator<void>) {
    this.#work = work;
  }

  /** There is something to do. */
  ask(): void {
    this.#isBusy = true;
    if (!this.#isWaiting) this.#wait(LONGEST_WAIT_MS);
  }

  #wait(left: number): void {
    this.#isWaiting = true;
    this.#isBusy = false;
    setTimeout(() => {
      if (this.#isBusy && left > 0) this.#wait(left - QUIET_MS);
      else void this.#run();
    }, QUIET_MS).unref();
  }

  async #run(): Promise<void> {
    this.#isBusy = false;
    // What fails here is left undone, and answered the slow way.
    await inTurns(this.#work()).catch(() => undefined);
    this.#isWaiting = false;
    if (this.#isBusy) this.ask();
  }
}
