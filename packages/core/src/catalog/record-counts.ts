import type { CatalogRecord } from './catalog-record.js';
import { CountedValues } from './counted-values.js';
import type { RecordIndex } from './late-index.js';

/** How many models have each value of some kind, such as a tag. */
export class RecordCounts implements RecordIndex {
  readonly values = new CountedValues();
  readonly #valuesOf: (record: CatalogRecord) => readonly string[];

  constructor(valuesOf: (record: CatalogRecord) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }

  add(record: CatalogRecord): void {
    for (const value of this.#valuesOf(record)) this.values.add(value);
  }

  remove(record: CatalogRecord): void {
    for (const value of this.#valuesOf(record)) this.values.remove(value);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    this.values.replace(this.#valuesOf(before), this.#valuesOf(after));
  }
}
