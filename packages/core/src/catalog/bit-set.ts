/** A set of small integers as bits: 12.5 KB for a hundred thousand, whatever is in it. */
export class BitSet {
  #words: Uint32Array;

  /** @param capacity Ids below it need no growing. */
  constructor(capacity = 0) {
    this.#words = new Uint32Array((capacity + 31) >>> 5);
  }

  static of(ids: Iterable<number>): BitSet {
    const set = new BitSet();
    for (const id of ids) set.add(id);
    return set;
  }

  add(id: number): void {
    const word = id >>> 5;
    if (word >= this.#words.length) this.#grow(word + 1);
    this.#words[word] = (this.#words[word] ?? 0) | (1 << (id & 31));
  }

  delete(id: number): void {
    const word = id >>> 5;
    if (word < this.#words.length) this.#words[word] = (this.#words[word] ?? 0) & ~(1 << (id & 31));
  }

  has(id: number): boolean {
    return (((this.#words[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
  }

  /** How many ids are in the set. */
  get size(): number {
    let size = 0;
    for (const bits of this.#words) if (bits !== 0) size += popcount(bits);
    return size;
  }

  /** Whether no id is in the set; cheaper than the size. */
  get isEmpty(): boolean {
    return this.#words.every((bits) => bits === 0);
  }

  clear(): void {
    this.#words.fill(0);
  }

  clone(): BitSet {
    const copy = new BitSet();
    copy.#words = this.#words.slice();
    return copy;
  }

  /** Adds what the other set has. */
  or(other: BitSet): this {
    if (other.#words.length > this.#words.length) this.#grow(other.#words.length);
    const words = this.#words;
    for (let i = 0; i < other.#words.length; i++) words[i] = (words[i] ?? 0) | (other.#words[i] ?? 0);
    return this;
  }

  /** Keeps what both sets have. */
  and(other: BitSet): this {
    const words = this.#words;
    for (let i = 0; i < words.length; i++) words[i] = (words[i] ?? 0) & (other.#words[i] ?? 0);
    return this;
  }

  /** Takes out what the other set has. */
  andNot(other: BitSet): this {
    const words = this.#words;
    const both = Math.min(words.length, other.#words.length);
    for (let i = 0; i < both; i++) words[i] = (words[i] ?? 0) & ~(other.#words[i] ?? 0);
    return this;
  }

  /** Those of the given ids that are in the set: after so many of them at most a number, in the given order or backwards. */
  inOrder(
    ids: Uint32Array,
    range: { readonly skip: number; readonly count: number; readonly backwards: boolean },
  ): number[] {
    const words = this.#words;
    const found: number[] = [];
    const last = ids.length - 1;
    let left = range.skip;
    for (let step = 0; step <= last && found.length < range.count; step++) {
      const id = ids[range.backwards ? last - step : step] ?? 0;
      if ((((words[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 0) continue;
      if (left > 0) left--;
      else found.push(id);
    }
    return found;
  }

  /** The ids, ascending. */
  *[Symbol.iterator](): Iterator<number> {
    for (let word = 0; word < this.#words.length; word++) {
      for (let bits = this.#words[word] ?? 0; bits !== 0; bits &= bits - 1) {
        yield (word << 5) + 31 - Math.clz32(bits & -bits);
      }
    }
  }

  /** Calls back with every id, ascending; faster than iterating. The callback must not change the set. */
  forEach(callback: (id: number) => void): void {
    const words = this.#words;
    for (let word = 0; word < words.length; word++) {
      for (let bits = words[word] ?? 0; bits !== 0; bits &= bits - 1) {
        callback((word << 5) + 31 - Math.clz32(bits & -bits));
      }
    }
  }

  #grow(words: number): void {
    // A quarter more: a library's sets are many and as long as each other, so what they keep spare adds up.
    const grown = new Uint32Array(Math.max(words, Math.ceil(this.#words.length * 1.25) + 4));
    grown.set(this.#words);
    this.#words = grown;
  }
}

function popcount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
