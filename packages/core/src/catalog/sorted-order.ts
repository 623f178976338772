import { runAtOnce } from './in-turns.js';
import { mergingRuns, sortingSlices } from './sorting-slices.js';
import { WaitingIds } from './waiting-ids.js';

/** What an order sorts by: two numbers that decide most comparisons without a look at the items, and the rest. */
export interface Ordering<Item extends { readonly id: number }> {
  /** A smaller first number means an earlier place, then a smaller second one; equal ones leave it to the ties. */
  ranksOf(item: Item): readonly [first: number, second: number];
  /** 0 for the same item only. */
  compareTies(a: Item, b: Item): number;
}

/** So few are put in one by one. */
const FEW = 64;
/** Ids between two steps of ranking. */
const STEP = 1024;
/** A smaller share of the ids is dealt with one by one, instead of running through all of them. */
const SMALL_SHARE = 8;

/**
 * Ids in the order of a comparison, kept sorted through changes instead of being sorted per query. Ids that enter wait
 * until somebody looks, so that a hundred thousand of them are sorted once.
 *
 * Invariant: the order holds every id exactly once and equals a sort from scratch.
 */
export class SortedOrder<Item extends { readonly id: number }> {
  readonly #ordering: Ordering<Item>;
  readonly #at: (id: number) => Item;
  readonly #presorted: (() => Uint32Array) | undefined;
  #ids = new Uint32Array(16);
  /** Both numbers of an id, side by side. */
  #ranks = new Float64Array(32);
  #length = 0;
  /** Ids that have no place yet. */
  readonly #waiting = new WaitingIds();
  #changes = 0;

  /** @param presorted Every id in an order much like this one, so that many are sorted with few comparisons. */
  constructor(ordering: Ordering<Item>, at: (id: number) => Item, presorted?: () => Uint32Array) {
    this.#ordering = ordering;
    this.#at = at;
    this.#presorted = presorted;
  }

  /** The ids in ascending order; a view to read, valid until the next change. */
  get ids(): Uint32Array {
    if (this.#waiting.size > 0) runAtOnce(this.settling());
    return this.#ids.subarray(0, this.#length);
  }

  /** Whether every id has its place. */
  get isSettled(): boolean {
    return this.#waiting.size === 0;
  }

  /** Whether a newer item stands where the one before stood. */
  hasSamePlace(before: Item, after: Item): boolean {
    const [a, b] = [this.#ordering.ranksOf(before), this.#ordering.ranksOf(after)];
    return a[0] === b[0] && a[1] === b[1] && this.#ordering.compareTies(before, after) === 0;
  }

  /** Compares two ids of the order. */
  readonly compare = (a: number, b: number): number => {
    const ranks = this.#ranks;
    const order = (ranks[2 * a] ?? 0) - (ranks[2 * b] ?? 0) || (ranks[2 * a + 1] ?? 0) - (ranks[2 * b + 1] ?? 0);
    return order === 0 ? this.#ordering.compareTies(this.#at(a), this.#at(b)) : order;
  };

  /** Takes items out; ids must still lead to the items that were put in. */
  takeOut(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#changes++;
    const places: number[] = [];
    for (const item of items) {
      if (!this.#waiting.delete(item.id)) places.push(this.#placeOf(item));
    }
    if (places.length === 0) return;
    places.sort((a, b) => a - b);
    let filled = places[0] ?? 0;
    for (let i = 0; i < places.length; i++) {
      const from = (places[i] ?? 0) + 1;
      const until = places[i + 1] ?? this.#length;
      this.#ids.copyWithin(filled, from, until);
      filled += until - from;
    }
    this.#length -= places.length;
  }

  /** Puts items in; ids must lead to them already, and go on to do so until they are taken out. */
  putIn(items: readonly Item[]): void {
    if (items.length === 0) return;
    this.#changes++;
    for (const item of items) {
      if (this.#waiting.size === 0 && this.#comesLast(item)) {
        this.#makeRoomFor(1);
        this.#ids[this.#length++] = item.id;
        continue;
      }
      this.#waiting.add(item.id);
    }
  }

  /** Gives those that wait their places, a little at every step; in vain when the order changes between two steps. */
  *settling(): Generator<void> {
    const changes = this.#changes;
    for (const _ of this.#placing()) {
      yield;
      if (this.#changes !== changes) return;
    }
  }

  /** Nothing is seen of it before the last step. */
  *#placing(): Generator<void> {
    const incoming = this.#incoming();
    if (incoming.length === 0) return;
    for (let at = 0; at < incoming.length; at++) {
      this.#rank(this.#at(incoming[at] ?? 0));
      if (at % STEP === STEP - 1) yield;
    }
    if (incoming.length <= FEW) incoming.sort(this.compare);
    else yield* sortingSlices(incoming, this.compare);
    if (this.#isFew(incoming.length)) this.#insert(incoming);
    else yield* this.#merging(incoming);
    this.#changes++;
    this.#waiting.clear();
  }

  /** Those that wait. */
  #incoming(): Uint32Array {
    const { size } = this.#waiting;
    const incoming = new Uint32Array(size);
    let length = 0;
    const presorted = this.#isFew(size) ? undefined : this.#presorted?.();
    if (presorted === undefined) this.#waiting.forEach((id) => (incoming[length++] = id));
    else for (const id of presorted) if (this.#waiting.has(id)) incoming[length++] = id;
    return incoming;
  }

  #isFew(count: number): boolean {
    return count <= FEW || count * SMALL_SHARE <= this.#length;
  }

  *#merging(incoming: Uint32Array): Generator<void> {
    const length = this.#length + incoming.length;
    const both = new Uint32Array(length);
    both.set(this.#ids.subarray(0, this.#length));
    both.set(incoming, this.#length);
    const merged = new Uint32Array(roomFor(length));
    yield* mergingRuns(both, merged, [0, this.#length, length], this.compare);
    this.#ids = merged;
    this.#length = length;
  }

  #comesLast(item: Item): boolean {
    this.#rank(item);
    return this.#length === 0 || this.compare(this.#ids[this.#length - 1] ?? 0, item.id) <= 0;
  }

  /** Moves what stands behind each, from the end on. */
  #insert(incoming: Uint32Array): void {
    let end = this.#length;
    this.#makeRoomFor(incoming.length);
    this.#length += incoming.length;
    for (let left = incoming.length - 1; left >= 0; left--) {
      const id = incoming[left] ?? 0;
      const place = this.#placeBefore(id, end);
      if (place < end) this.#ids.copyWithin(place + left + 1, place, end);
      this.#ids[place + left] = id;
      end = place;
    }
  }

  #makeRoomFor(more: number): void {
    const length = this.#length + more;
    if (length > this.#ids.length) this.#ids = grown(this.#ids, new Uint32Array(roomFor(length)));
  }

  #rank(item: Item): void {
    const at = 2 * item.id;
    if (at >= this.#ranks.length) this.#ranks = grown(this.#ranks, new Float64Array(2 * roomFor(item.id + 1)));
    const [first, second] = this.#ordering.ranksOf(item);
    this.#ranks[at] = first;
    this.#ranks[at + 1] = second;
  }

  #placeOf({ id }: Item): number {
    const place = this.#placeBefore(id, this.#length) - 1;
    if (this.#ids[place] !== id) throw new RangeError(`the order does not hold the id ${String(id)}`);
    return place;
  }

  /** How many of the first ids come before an id or are it. */
  #placeBefore(id: number, end: number): number {
    const [ids, ranks] = [this.#ids, this.#ranks];
    const first = ranks[2 * id] ?? 0;
    if (end === 0 || this.compare(ids[end - 1] ?? 0, id) <= 0) return end;
    let low = 0;
    let high = end - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = ids[middle] ?? 0;
      const rank = ranks[2 * other] ?? 0;
      if (rank < first || (rank === first && this.compare(other, id) <= 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const roomFor = (length: number): number => length + (length >>> 1) + 16;

function grown<Values extends { set(from: Values): void }>(values: Values, into: Values): Values {
  into.set(values);
  return into;
}
