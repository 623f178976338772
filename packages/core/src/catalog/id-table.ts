const NONE = -1;
const LEAST_ROOM = 64;

/**
 * Ids by a small integer, as chains in typed arrays: a tenth of the memory of a map, and nothing for the garbage collector
 * to follow. An id has one key; different things may share a key, so whoever looks one up compares what the ids lead to.
 *
 * Invariant: an id is found under its key until it is removed, however many share the key.
 */
export class IdTable {
  /** First id of a chain. */
  #heads = new Int32Array(LEAST_ROOM).fill(NONE);
  #next = new Int32Array(LEAST_ROOM);
  #former = new Int32Array(LEAST_ROOM);
  #keys = new Int32Array(LEAST_ROOM);
  #size = 0;
  /** Keys that more than one id has. */
  readonly shared = new Set<number>();

  /** Enters an id that has no key yet. */
  add(key: number, id: number): void {
    if (id >= this.#keys.length) this.#makeRoomFor(id);
    if (this.#size >= this.#heads.length) this.#rehash();
    if (this.#has(key, 1)) this.shared.add(key);
    this.#keys[id] = key;
    this.#link(id);
    this.#size++;
  }

  /** Takes out an id that has a key. */
  remove(id: number): void {
    const key = this.#keys[id] ?? 0;
    const [next, former] = [this.#next[id] ?? NONE, this.#former[id] ?? NONE];
    if (former === NONE) this.#heads[this.#slotOf(key)] = next;
    else this.#next[former] = next;
    if (next !== NONE) this.#former[next] = former;
    this.#size--;
    if (this.shared.size > 0 && this.shared.has(key) && !this.#has(key, 2)) this.shared.delete(key);
  }

  /** The ids with a key, in no order. */
  get(key: number): number[] {
    const ids: number[] = [];
    for (let id = this.#heads[this.#slotOf(key)] ?? NONE; id !== NONE; id = this.#next[id] ?? NONE) {
      if (this.#keys[id] === key) ids.push(id);
    }
    return ids;
  }

  #has(key: number, times: number): boolean {
    let left = times;
    for (let id = this.#heads[this.#slotOf(key)] ?? NONE; id !== NONE; id = this.#next[id] ?? NONE) {
      if (this.#keys[id] === key && --left === 0) return true;
    }
    return false;
  }

  #slotOf(key: number): number {
    const mixed = Math.imul(key, 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & (this.#heads.length - 1);
  }

  #link(id: number): void {
    const slot = this.#slotOf(this.#keys[id] ?? 0);
    const head = this.#heads[slot] ?? NONE;
    this.#next[id] = head;
    this.#former[id] = NONE;
    if (head !== NONE) this.#former[head] = id;
    this.#heads[slot] = id;
  }

  #rehash(): void {
    const heads = this.#heads;
    this.#heads = new Int32Array(heads.length * 2).fill(NONE);
    for (const head of heads) {
      for (let id = head; id !== NONE;) {
        const next = this.#next[id] ?? NONE;
        this.#link(id);
        id = next;
      }
    }
  }

  #makeRoomFor(id: number): void {
    const grown = (values: Int32Array) => {
      const more = new Int32Array(id + (id >>> 2) + LEAST_ROOM);
      more.set(values);
      return more;
    };
    this.#next = grown(this.#next);
    this.#former = grown(this.#former);
    this.#keys = grown(this.#keys);
  }
}
