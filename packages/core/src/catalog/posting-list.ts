import { BitSet } from './bit-set.js';

/** Up to this many ids a list is always a list. */
const FEW = 64;
/** A bit per possible id costs as much as this share of listed ones. */
const IDS_PER_DENSE = 32;

/**
 * The ids that have one value: listed in ascending order while they are few, bits when they are many, so that ten thousand
 * rare tags cost what their few models cost.
 */
export class PostingList {
  #ids: number[] = [];
  #bits: BitSet | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: number): boolean {
    if (this.#bits !== undefined) return this.#bits.has(id);
    return this.#ids[this.#placeOf(id)] === id;
  }

  add(id: number): void {
    const bits = this.#bits;
    if (bits !== undefined) {
      if (bits.has(id)) return;
      this.#size++;
      if (this.#size * IDS_PER_DENSE * 2 < id) this.#becomeSparse(bits);
      else bits.add(id);
      if (this.#bits !== undefined) return;
      this.#insert(id);
      return;
    }
    const highest = this.#ids[this.#ids.length - 1] ?? -1;
    if (highest >= id && this.has(id)) return;
    this.#size++;
    this.#insert(id);
    const last = Math.max(highest, id);
    if (this.#size > FEW && this.#size * IDS_PER_DENSE > last) {
      this.#bits = BitSet.of(this.#ids);
      this.#ids = [];
    }
  }

  delete(id: number): void {
    if (!this.has(id)) return;
    this.#size--;
    if (this.#bits === undefined) {
      this.#ids.splice(this.#placeOf(id), 1);
      return;
    }
    this.#bits.delete(id);
    if (this.#size <= FEW / 2) this.#becomeSparse(this.#bits);
  }

  /** Puts the ids into a set. */
  addTo(set: BitSet): void {
    if (this.#bits !== undefined) set.or(this.#bits);
    else for (const id of this.#ids) set.add(id);
  }

  /** Takes the ids out of a set. */
  takeFrom(set: BitSet): void {
    if (this.#bits !== undefined) set.andNot(this.#bits);
    else for (const id of this.#ids) set.delete(id);
  }

  /** The ids as a set of one's own; of these only those that another set has too, when there is one. */
  within(set: BitSet | undefined): BitSet {
    if (this.#bits !== undefined) return set === undefined ? this.#bits.clone() : set.and(this.#bits);
    return BitSet.of(set === undefined ? this.#ids : this.#ids.filter((id) => set.has(id)));
  }

  /** The ids, ascending. */
  [Symbol.iterator](): Iterator<number> {
    return (this.#bits ?? this.#ids)[Symbol.iterator]();
  }

  #becomeSparse(bits: BitSet): void {
    this.#ids = [...bits];
    this.#bits = undefined;
  }

  #insert(id: number): void {
    const ids = this.#ids;
    if (ids.length === 0) this.#ids = [id];
    else if ((ids[ids.length - 1] ?? 0) < id) ids.push(id);
    else ids.splice(this.#placeOf(id), 0, id);
  }

  #placeOf(id: number): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ids[middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
