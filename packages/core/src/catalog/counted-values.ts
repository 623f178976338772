/** A value with the number of models that have it. */
export interface CountedValue {
  readonly value: string;
  readonly count: number;
}

interface Counted extends CountedValue {
  count: number;
  /** Rises from one value to the next: the first seen has the smallest. */
  readonly seen: number;
  /** In lower case, made when somebody searches. */
  lower?: string;
}

/** Up to so many changed values are moved one by one; beyond that everything is sorted. */
const FEW = 64;

const compare = (a: Counted, b: Counted): number => b.count - a.count || a.seen - b.seen;

/** How many models have each value, kept up to date on change. */
export class CountedValues {
  readonly #counts = new Map<string, Counted>();
  /** What changed since the values were last ranked, as it was then; undefined: it was not there. */
  readonly #changed = new Map<string, Counted | undefined>();
  #seen = 0;
  #ranked: readonly Counted[] | undefined;

  get size(): number {
    return this.#counts.size;
  }

  values(): Iterable<string> {
    return this.#counts.keys();
  }

  add(value: string): void {
    const known = this.#counts.get(value);
    this.#touch(value, known);
    if (known === undefined) this.#counts.set(value, { value, count: 1, seen: this.#seen++ });
    else this.#recount(known, known.count + 1);
  }

  remove(value: string): void {
    const known = this.#counts.get(value);
    if (known === undefined) return;
    this.#touch(value, known);
    if (known.count > 1) this.#recount(known, known.count - 1);
    else this.#counts.delete(value);
  }

  /** Counts a model's newer values in the place of the older ones. */
  replace(before: readonly string[], after: readonly string[]): void {
    if (before.length === after.length && before.every((value, at) => value === after[at])) return;
    for (const value of after) this.add(value);
    for (const value of before) this.remove(value);
  }

  /** All values, most frequent first, ties in first-seen order; worked out when asked for after a change. */
  ranked(): readonly CountedValue[] {
    return this.#rank();
  }

  #rank(): readonly Counted[] {
    const known = this.#ranked;
    if (known !== undefined && this.#changed.size === 0) return known;
    const isMended = known !== undefined && this.#changed.size <= FEW;
    this.#ranked = isMended ? this.#mend(known) : [...this.#counts.values()].sort(compare);
    this.#changed.clear();
    return this.#ranked;
  }

  /** Those that contain a text, without regard to case, in the same order. */
  search(text: string): readonly CountedValue[] {
    const wanted = text.trim().toLowerCase();
    const ranked = this.#rank();
    if (wanted === '') return ranked;
    return ranked.filter((counted) => (counted.lower ??= counted.value.toLowerCase()).includes(wanted));
  }

  /** What was handed out in a ranking stays as it was. */
  #recount(known: Counted, count: number): void {
    if (this.#ranked === undefined) known.count = count;
    else this.#counts.set(known.value, { ...known, count });
  }

  /** Remembers what changed since the values were last ranked; nobody asks while a library is read. */
  #touch(value: string, before: Counted | undefined): void {
    if (this.#ranked !== undefined && this.#changed.size <= FEW && !this.#changed.has(value)) {
      this.#changed.set(value, before);
    }
  }

  /** The former ranking with the changed values at their new places; a copy, because somebody may still read it. */
  #mend(known: readonly Counted[]): readonly Counted[] {
    const ranked = known.slice();
    for (const before of this.#changed.values()) {
      if (before !== undefined) ranked.splice(placeOf(before, ranked), 1);
    }
    for (const value of this.#changed.keys()) {
      const after = this.#counts.get(value);
      if (after !== undefined) ranked.splice(placeOf(after, ranked), 0, after);
    }
    return ranked;
  }
}

/** Where a value stands, or would. */
function placeOf(value: Counted, sorted: readonly Counted[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] ?? value, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
