/**
 * Ids in the order of a comparison, kept sorted through changes instead of being sorted per query.
 *
 * Invariant: the order holds every id exactly once and equals a sort from scratch.
 */
export class SortedOrder {
  readonly #compare: (a: number, b: number) => number;
  #ids = new Uint32Array(0);

  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare;
  }

  /** The ids in ascending order; a view to read, valid until the next change. */
  get ids(): Uint32Array {
    return this.#ids;
  }

  /** Takes ids out and puts ids in; an id in both sets moves to its new place. */
  change(removed: ReadonlySet<number>, added: readonly number[]): void {
    const kept = removed.size === 0 ? this.#ids : this.#ids.filter((id) => !removed.has(id));
    const incoming = [...added].sort(this.#compare);
    const next = new Uint32Array(kept.length + incoming.length);
    let taken = 0;
    let filled = 0;
    for (const id of incoming) {
      const until = this.#insertionPoint(kept, id, taken);
      next.set(kept.subarray(taken, until), filled);
      filled += until - taken;
      next[filled++] = id;
      taken = until;
    }
    next.set(kept.subarray(taken), filled);
    this.#ids = next;
  }

  #insertionPoint(ids: Uint32Array, id: number, from: number): number {
    let low = from;
    let high = ids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(ids[middle] ?? 0, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
