import type { CatalogRecord } from './catalog-record.js';
import type { RecordIndex } from './late-index.js';
import { PostingList } from './posting-list.js';

/** The models of whose files nobody knows the digest. */
export class PendingRecords implements RecordIndex {
  readonly #ids = new PostingList();

  add({ id, entry }: CatalogRecord): void {
    if (entry.sha256 === '') this.#ids.add(id);
  }

  remove({ id, entry }: CatalogRecord): void {
    if (entry.sha256 === '') this.#ids.delete(id);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    if (before.entry.sha256 === after.entry.sha256) return;
    this.remove(before);
    this.add(after);
  }

  /** Their ids, ascending. */
  get ids(): Iterable<number> {
    return this.#ids;
  }
}
