import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { PostingList } from './posting-list.js';

/**
 * Ids by value: which models have a tag, lie in a folder, are of a base model.
 *
 * Invariant: an id is listed under exactly the values of its newest record.
 */
export class ValueIndex<Value extends string = string> {
  readonly #valuesOf: (record: CatalogRecord) => readonly Value[];
  readonly #lists = new Map<string, PostingList>();
  #distinct = 0;

  /** @param valuesOf The distinct values of a record. */
  constructor(valuesOf: (record: CatalogRecord) => readonly Value[]) {
    this.#valuesOf = valuesOf;
  }

  /** Every value that some model has, with its models. */
  get lists(): ReadonlyMap<string, PostingList> {
    return this.#lists;
  }

  add(record: CatalogRecord): void {
    for (const value of this.#valuesOf(record)) this.#enter(value, record.id);
  }

  remove(record: CatalogRecord): void {
    for (const value of this.#valuesOf(record)) this.#leave(value, record.id);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    const [old, fresh] = [this.#valuesOf(before), this.#valuesOf(after)];
    if (old === fresh) return;
    for (const value of old) if (!fresh.includes(value)) this.#leave(value, before.id);
    for (const value of fresh) if (!old.includes(value)) this.#enter(value, after.id);
  }

  /** Rises when a value appears or nobody has it any more. */
  get distinct(): number {
    return this.#distinct;
  }

  /** How many models have a value. */
  sizeOf(value: Value): number {
    return this.#lists.get(value)?.size ?? 0;
  }

  /** The models that have a value; undefined when none has. */
  get(value: string): PostingList | undefined {
    return this.#lists.get(value);
  }

  /** The models that have any of the values. */
  anyOf(values: Iterable<string>): BitSet {
    const found = new BitSet();
    for (const value of values) this.#lists.get(value)?.addTo(found);
    return found;
  }

  /** Adds the models of every value that passes; each distinct value is tested once. */
  addMatching(passes: (value: string) => boolean, into: BitSet): void {
    for (const [value, list] of this.#lists) if (passes(value)) list.addTo(into);
  }

  #enter(value: Value, id: number): void {
    const known = this.#lists.get(value);
    if (known !== undefined) {
      known.add(id);
      return;
    }
    const list = new PostingList();
    list.add(id);
    this.#lists.set(value, list);
    this.#distinct++;
  }

  #leave(value: Value, id: number): void {
    const list = this.#lists.get(value);
    if (list === undefined) return;
    list.delete(id);
    if (list.size > 0) return;
    this.#lists.delete(value);
    this.#distinct++;
  }
}
