import type { ModelRoot } from '../shapes/scan.js';
import type { CatalogRecord } from './catalog-record.js';
import type { CountedValues } from './counted-values.js';
import { FilterIndexes, type UsedModelIds } from './filter-indexes.js';
import { GroupIndex } from './group-index.js';
import { HashIndex } from './hash-index.js';
import { LateIndex, type RecordIndex } from './late-index.js';
import { ModelLocations } from './model-locations.js';
import { PendingRecords } from './pending-records.js';
import { RecordCounts } from './record-counts.js';

interface IndexSources {
  readonly roots: readonly ModelRoot[];
  readonly at: (id: number) => CatalogRecord;
  readonly usedModels: UsedModelIds;
}

/**
 * Every index over the records, changed together. Only what is needed to list them is entered at once.
 *
 * Invariant: the sum of tag counts equals the number of (entry, tag) pairs after any sequence of changes.
 */
export class CatalogIndexes implements RecordIndex {
  readonly locations: ModelLocations;
  readonly pending = new PendingRecords();
  readonly filters: FilterIndexes;
  readonly groups: LateIndex<GroupIndex>;
  readonly #hashes: LateIndex<HashIndex>;
  readonly #tags: LateIndex<RecordCounts>;
  readonly #baseModels: LateIndex<RecordCounts>;
  readonly #subTypes: LateIndex<RecordCounts>;
  readonly #late: readonly LateIndex<RecordIndex>[];
  readonly #all: readonly RecordIndex[];

  constructor({ roots, at, usedModels }: IndexSources) {
    const late = <Index extends RecordIndex>(index: Index): LateIndex<Index> => new LateIndex(index, at);
    this.locations = new ModelLocations(roots);
    this.#hashes = late(new HashIndex(at));
    this.filters = new FilterIndexes(this.#hashes, usedModels, at);
    this.groups = late(new GroupIndex(at));
    this.#tags = late(new RecordCounts(({ entry }) => entry.tags));
    this.#baseModels = late(new RecordCounts(({ entry: { base_model: name } }) => (name.trim() === '' ? [] : [name])));
    this.#subTypes = late(new RecordCounts(({ subType }) => [subType]));
    this.#late = [this.#tags, this.#baseModels, this.#subTypes, this.#hashes, this.groups];
    this.#all = [this.locations, this.pending, this.filters, ...this.#late];
  }

  get hashes(): HashIndex {
    return this.#hashes.complete;
  }

  /** As users spelled them. */
  get tags(): CountedValues {
    return this.#tags.complete.values;
  }

  get baseModels(): CountedValues {
    return this.#baseModels.complete.values;
  }

  get subTypes(): CountedValues {
    return this.#subTypes.complete.values;
  }

  /** Enters a record; its id leads to it already. */
  add(record: CatalogRecord): void {
    for (const index of this.#all) index.add(record);
  }

  remove(record: CatalogRecord): void {
    for (const index of this.#all) index.remove(record);
  }

  /** Exchanges the record of a path; whatever both have keeps its place, so that "first" stays the same model. */
  replace(before: CatalogRecord, after: CatalogRecord): void {
    for (const index of this.#all) index.replace(before, after);
  }

  /** Enters what waits into each index, a little at every step. */
  *entering(): Generator<void> {
    for (const index of this.#late) yield* index.entering();
    yield* this.filters.entering();
  }
}
