/** What a heap orders: by rank, then by size, the lower and the smaller first. */
export interface Ranked {
  readonly rank: number;
  readonly size: number;
}

interface Entry<T> {
  readonly item: T;
  /** Which one came earlier, among equals. */
  readonly order: number;
}

function isBefore<T extends Ranked>(a: Entry<T>, b: Entry<T>): boolean {
  if (a.item.rank !== b.item.rank) return a.item.rank < b.item.rank;
  if (a.item.size !== b.item.size) return a.item.size < b.item.size;
  return a.order < b.order;
}

/** A binary heap: taking many in and the first one out costs little each time, where sorting would hold the loop. */
export class TaskHeap<T extends Ranked> {
  readonly #entries: Entry<T>[] = [];
  #taken = 0;

  get size(): number {
    return this.#entries.length;
  }

  get first(): T | undefined {
    return this.#entries[0]?.item;
  }

  push(item: T): void {
    const entries = this.#entries;
    const entry = { item, order: this.#taken++ };
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = entries[parentAt];
      if (parent === undefined || !isBefore(entry, parent)) break;
      entries[at] = parent;
      at = parentAt;
    }
    entries[at] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const first = entries[0]?.item;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return first;
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = entries[childAt];
      const right = entries[childAt + 1];
      if (child === undefined) break;
      if (right !== undefined && isBefore(right, child)) [child, childAt] = [right, childAt + 1];
      if (!isBefore(child, last)) break;
      entries[at] = child;
      at = childAt;
    }
    entries[at] = last;
    return first;
  }
}
