/** A value with the number of models that have it. */
export interface CountedValue {
  readonly value: string;
  readonly count: number;
}

/** How many models have each value, kept up to date on change. */
export class CountedValues {
  readonly #counts = new Map<string, number>();
  #ranked: CountedValue[] | undefined;

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.#ranked = undefined;
  }

  remove(value: string): void {
    const count = this.#counts.get(value) ?? 0;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
    this.#ranked = undefined;
  }

  /** All values, most frequent first, ties in first-seen order; worked out once per change. */
  ranked(): readonly CountedValue[] {
    this.#ranked ??= [...this.#counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
    return this.#ranked;
  }
}
