import { BitSet } from './bit-set.js';
import { PostingList } from './posting-list.js';

/** The models that pass the filters so far: everything until the first one narrows it. */
export class Selection {
  readonly #all: PostingList;
  #bits: BitSet | undefined;

  /** @param all Every model of the catalog. */
  constructor(all: PostingList) {
    this.#all = all;
  }

  /** Undefined while everything passes. */
  get bits(): BitSet | undefined {
    return this.#bits;
  }

  get size(): number {
    return this.#bits?.size ?? this.#all.size;
  }

  /** What passes, as a set to read. */
  everything(): BitSet {
    return this.#bits ?? this.#all.within(undefined);
  }

  /** Keeps what is listed; nothing when no list is given. A set that is handed over becomes the selection's own. */
  keep(wanted: PostingList | BitSet | undefined): void {
    if (wanted === undefined) this.#bits = new BitSet();
    else if (wanted instanceof PostingList) this.#bits = wanted.within(this.#bits);
    else this.#bits = this.#bits === undefined ? wanted : this.#bits.and(wanted);
  }

  /** Keeps what is in a set that stays somebody else's. */
  narrow(wanted: BitSet): void {
    this.#bits = this.#bits === undefined ? wanted.clone() : this.#bits.and(wanted);
  }

  /** Takes out what is listed. */
  drop(unwanted: PostingList | BitSet | undefined): void {
    if (unwanted === undefined) return;
    this.#bits ??= this.#all.within(undefined);
    if (unwanted instanceof PostingList) unwanted.takeFrom(this.#bits);
    else this.#bits.andNot(unwanted);
  }
}
