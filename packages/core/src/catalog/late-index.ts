import type { CatalogRecord } from './catalog-record.js';
import { runAtOnce } from './in-turns.js';
import { WaitingIds } from './waiting-ids.js';

/** Something that is kept about every record; changed whenever one enters, leaves or is replaced. */
export interface RecordIndex {
  add(record: CatalogRecord): void;
  remove(record: CatalogRecord): void;
  /** Exchanges a record for a newer one with the same id. */
  replace(before: CatalogRecord, after: CatalogRecord): void;
}

/**
 * An index that records are entered into later: in the background, or all at once when somebody looks. A start lists its
 * models without the indexes that the first page does not need.
 *
 * Invariant: whoever looks sees the index as if every record had been entered when it came.
 */
export class LateIndex<Index extends RecordIndex> implements RecordIndex {
  readonly #index: Index;
  readonly #at: (id: number) => CatalogRecord;
  readonly #waiting = new WaitingIds();

  /** @param at The newest record of an id. */
  constructor(index: Index, at: (id: number) => CatalogRecord) {
    this.#index = index;
    this.#at = at;
  }

  /** The index with every record in it. */
  get complete(): Index {
    if (this.#waiting.size > 0) runAtOnce(this.entering());
    return this.#index;
  }

  add({ id }: CatalogRecord): void {
    this.#waiting.add(id);
  }

  remove(record: CatalogRecord): void {
    if (!this.#waiting.delete(record.id)) this.#index.remove(record);
  }

  /** A record that waits is entered as it is then. */
  replace(before: CatalogRecord, after: CatalogRecord): void {
    if (!this.#waiting.has(after.id)) this.#index.replace(before, after);
  }

  /** Enters what waits, a few at every step. */
  entering(): Generator<void> {
    return this.#waiting.taking((id) => this.#index.add(this.#at(id)));
  }
}
