import { BitSet } from './bit-set.js';
import type { LateIndex } from './late-index.js';
import { WordIndex } from './search/word-index.js';
import type { ValueIndex } from './value-index.js';

/** Values between two steps of entering. */
const STEP = 64;
/** Values that nobody has any more are forgotten together, when there are more of them than this and than others. */
const LEFT = 1_000;

/**
 * Fuzzy search over the distinct values of an index, such as tags.
 *
 * Invariant: a search finds the models of exactly the values that match on their own.
 */
export class FuzzyValues {
  readonly #index: LateIndex<ValueIndex>;
  #words = new WordIndex();
  #places = new Map<string, number>();
  #values: string[] = [];
  #known = -1;

  constructor(index: LateIndex<ValueIndex>) {
    this.#index = index;
  }

  /** Enters the values that appeared, a few at every step. */
  *entering(): Generator<void> {
    const { lists, distinct } = this.#index.complete;
    if (this.#known === distinct) return;
    if (this.#values.length > 2 * lists.size + LEFT) this.#forget();
    let left = STEP;
    for (const value of lists.keys()) {
      if (this.#places.has(value)) continue;
      const place = this.#values.push(value) - 1;
      this.#places.set(value, place);
      this.#words.set(place, value);
      if (--left > 0) continue;
      yield;
      left = STEP;
    }
    if (this.#index.complete.distinct === distinct) this.#known = distinct;
  }

  #forget(): void {
    this.#words = new WordIndex();
    this.#places = new Map();
    this.#values = [];
  }

  /** Adds the models of the values that match the pattern. */
  find(pattern: string, into: BitSet): void {
    const found = new BitSet();
    const index = this.#index.complete;
    this.#words.findFuzzy(pattern, found);
    // A value that nobody has any more has no models.
    found.forEach((place) => index.get(this.#values[place] ?? '')?.addTo(into));
  }
}
