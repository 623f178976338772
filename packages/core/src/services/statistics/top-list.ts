/** The first few of many items in an order, without sorting all of them. */
export class TopList<T> {
  readonly #size: number;
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];

  constructor(size: number, compare: (a: T, b: T) => number) {
    this.#size = size;
    this.#compare = compare;
  }

  /** First comes first; of equal items the one that was offered earlier. */
  get items(): readonly T[] {
    return this.#items;
  }

  offer(item: T): void {
    const last = this.#items.at(-1);
    if (this.#items.length >= this.#size && last !== undefined && this.#compare(last, item) <= 0) return;
    const place = this.#items.findIndex((each) => this.#compare(each, item) > 0);
    this.#items.splice(place === -1 ? this.#items.length : place, 0, item);
    if (this.#items.length > this.#size) this.#items.pop();
  }
}
