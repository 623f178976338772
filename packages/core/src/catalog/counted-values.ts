/** A value with the number of models that have it. */
export interface CountedValue {
  readonly value: string;
  readonly count: number;
}

interface Counted extends CountedValue {
  count: number;
  /** Rises from one value to the next: the first seen has the smallest. */
  readonly seen: number;
}

/** Beyond this share of changed values a sort from scratch is no slower than mending. */
const MENDED_SHARE = 8;

const compare = (a: Counted, b: Counted): number => b.count - a.count || a.seen - b.seen;

/** How many models have each value, kept up to date on change. */
export class CountedValues {
  readonly #counts = new Map<string, Counted>();
  readonly #changed = new Set<string>();
  #seen = 0;
  #ranked: readonly Counted[] | undefined;
  /** The ranked values in lower case, made when somebody searches. */
  #lower: readonly string[] | undefined;

  get size(): number {
    return this.#counts.size;
  }

  values(): Iterable<string> {
    return this.#counts.keys();
  }

  add(value: string): void {
    const known = this.#counts.get(value);
    if (known === undefined) this.#counts.set(value, { value, count: 1, seen: this.#seen++ });
    else this.#recount(known, known.count + 1);
    this.#touch(value);
  }

  remove(value: string): void {
    const known = this.#counts.get(value);
    if (known === undefined) return;
    if (known.count > 1) this.#recount(known, known.count - 1);
    else this.#counts.delete(value);
    this.#touch(value);
  }

  /** Counts a model's newer values in the place of the older ones. */
  replace(before: readonly string[], after: readonly string[]): void {
    if (before.length === after.length && before.every((value, at) => value === after[at])) return;
    for (const value of after) this.add(value);
    for (const value of before) this.remove(value);
  }

  /** All values, most frequent first, ties in first-seen order; worked out when asked for after a change. */
  ranked(): readonly CountedValue[] {
    const known = this.#ranked;
    if (known !== undefined && this.#changed.size === 0) return known;
    const isMended = known !== undefined && this.#changed.size * MENDED_SHARE < known.length;
    this.#ranked = isMended ? this.#mend(known) : [...this.#counts.values()].sort(compare);
    this.#changed.clear();
    this.#lower = undefined;
    return this.#ranked;
  }

  /** Those that contain a text, without regard to case, in the same order. */
  search(text: string): readonly CountedValue[] {
    const wanted = text.trim().toLowerCase();
    const ranked = this.ranked();
    if (wanted === '') return ranked;
    const lower = (this.#lower ??= ranked.map(({ value }) => value.toLowerCase()));
    return ranked.filter((_, at) => lower[at]?.includes(wanted));
  }

  /** What was handed out in a ranking stays as it was. */
  #recount(known: Counted, count: number): void {
    if (this.#ranked === undefined) known.count = count;
    else this.#counts.set(known.value, { ...known, count });
  }

  /** Remembers what changed since the values were last ranked; nobody asks while a library is read. */
  #touch(value: string): void {
    if (this.#ranked !== undefined) this.#changed.add(value);
  }

  /** The former ranking with the changed values at their new places. */
  #mend(known: readonly Counted[]): readonly Counted[] {
    const kept = known.filter(({ value }) => !this.#changed.has(value));
    const changed = [...this.#changed].flatMap((value) => this.#counts.get(value) ?? []).sort(compare);
    const parts: (readonly Counted[])[] = [];
    let from = 0;
    for (const each of changed) {
      const until = placeOf(each, kept, from);
      parts.push(kept.slice(from, until), [each]);
      from = until;
    }
    return [...parts, kept.slice(from)].flat();
  }
}

function placeOf(value: Counted, sorted: readonly Counted[], from: number): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(sorted[middle] ?? value, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
