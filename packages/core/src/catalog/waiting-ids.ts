import { BitSet } from './bit-set.js';

/** Ids between two steps of taking: well below a millisecond of work. */
const STEP = 32;

/** Ids with which something is still to be done, in the background or when somebody needs it. */
export class WaitingIds {
  readonly #ids = new BitSet();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    return this.#size > 0 && this.#ids.has(id);
  }

  add(id: number): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    this.#size++;
  }

  /** False for an id that does not wait. */
  delete(id: number): boolean {
    if (!this.has(id)) return false;
    this.#ids.delete(id);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#ids.clear();
    this.#size = 0;
  }

  /** Calls back with every id that waits; it goes on waiting. */
  forEach(callback: (id: number) => void): void {
    if (this.#size > 0) this.#ids.forEach(callback);
  }

  /** Hands over each, ascending, a few at every step; ids may come and leave between two steps. */
  *taking(take: (id: number) => void): Generator<void> {
    let left = STEP;
    while (this.#size > 0) {
      for (const id of this.#ids) {
        if (!this.delete(id)) continue;
        take(id);
        if (--left > 0) continue;
        yield;
        left = STEP;
      }
    }
  }
}
