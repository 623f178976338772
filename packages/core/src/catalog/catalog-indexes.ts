import type { ModelRoot } from '../shapes/scan.js';
import type { CatalogRecord } from './catalog-record.js';
import { CountedValues } from './counted-values.js';
import { FilterIndexes, type UsedModelIds } from './filter-indexes.js';
import { GroupIndex } from './group-index.js';
import { HashIndex } from './hash-index.js';
import { ModelLocations } from './model-locations.js';

interface IndexSources {
  readonly roots: readonly ModelRoot[];
  readonly at: (id: number) => CatalogRecord;
  readonly usedModels: UsedModelIds;
}

const baseModelOf = ({ entry: { base_model: name } }: CatalogRecord): readonly string[] =>
  name.trim() === '' ? [] : [name];

/**
 * Every index over the records, changed together.
 *
 * Invariant: the sum of tag counts equals the number of (entry, tag) pairs after any sequence of changes.
 */
export class CatalogIndexes {
  readonly locations: ModelLocations;
  readonly hashes: HashIndex;
  readonly filters: FilterIndexes;
  readonly groups: GroupIndex;
  /** As users spelled them. */
  readonly tags = new CountedValues();
  readonly baseModels = new CountedValues();
  readonly subTypes = new CountedValues();

  constructor({ roots, at, usedModels }: IndexSources) {
    this.locations = new ModelLocations(roots);
    this.hashes = new HashIndex(at);
    this.filters = new FilterIndexes(this.hashes, usedModels, at);
    this.groups = new GroupIndex(at);
  }

  /** Enters a record; its id leads to it already. */
  add(record: CatalogRecord): void {
    for (const index of [this.locations, this.hashes, this.filters, this.groups]) index.add(record);
    for (const tag of record.entry.tags) this.tags.add(tag);
    for (const name of baseModelOf(record)) this.baseModels.add(name);
    this.subTypes.add(record.subType);
  }

  remove(record: CatalogRecord): void {
    for (const index of [this.locations, this.hashes, this.filters, this.groups]) index.remove(record);
    for (const tag of record.entry.tags) this.tags.remove(tag);
    for (const name of baseModelOf(record)) this.baseModels.remove(name);
    this.subTypes.remove(record.subType);
  }

  /** Exchanges the record of a path; whatever both have keeps its place, so that "first" stays the same model. */
  replace(before: CatalogRecord, after: CatalogRecord): void {
    for (const index of [this.locations, this.hashes, this.filters, this.groups]) index.replace(before, after);
    this.tags.replace(before.entry.tags, after.entry.tags);
    this.baseModels.replace(baseModelOf(before), baseModelOf(after));
    this.subTypes.replace([before.subType], [after.subType]);
  }
}
