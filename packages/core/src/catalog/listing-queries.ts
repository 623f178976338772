import type { CatalogRecord } from './catalog-record.js';
import type { FilterIndexes } from './filter-indexes.js';
import { compareNewestFirst, type GroupKey, type VersionGrouping } from './group-key.js';
import type { GroupIndex } from './group-index.js';
import type { LateIndex } from './late-index.js';
import type { ListingOrder, ListingOrders } from './listing-orders.js';
import type { ModelFilter } from './model-filter.js';
import type { ModelSort } from './model-sort.js';
import { pageOf } from './page-walk.js';

/** A query as the engine takes it: `page` from 1. */
export interface ModelQuery {
  readonly filter: ModelFilter;
  readonly sort: ModelSort;
  readonly page: number;
  readonly pageSize: number;
  /** One model for each remote model, or for each of its base models: the newest, judged before the filter. */
  readonly grouping?: VersionGrouping | undefined;
  /** The versions of one remote model, newest first; overrides sort and grouping. */
  readonly group?: GroupKey | undefined;
  /** What counts as a version where numbers of versions are sorted by and nothing is grouped: of the same base, unless said. */
  readonly versions?: VersionGrouping | undefined;
}

/** One page of a query, with the number of all models that match. */
export interface ModelPage {
  readonly records: readonly CatalogRecord[];
  readonly total: number;
  /** For each record the members of its group; null when it has none or nothing is grouped. */
  readonly versionCounts: readonly (number | null)[];
}

interface QuerySources {
  readonly filters: FilterIndexes;
  readonly groups: LateIndex<GroupIndex>;
  readonly orders: ListingOrders;
  readonly at: (id: number) => CatalogRecord;
}

/** Answers listings from indexes and orders: nothing is copied, filtered or sorted per request. */
export class ListingQueries {
  readonly #sources: QuerySources;

  constructor(sources: QuerySources) {
    this.#sources = sources;
  }

  /** One page of the models that pass a filter. */
  page(query: ModelQuery): ModelPage {
    if (query.group !== undefined) return this.#versionsOf(query.group, query);
    const { orders, groups, at } = this.#sources;
    const { sort, grouping, versions = 'same_base', page, pageSize } = query;
    const order = orders.of({ sort, grouping, versions });
    const { ids, total } = this.#select(query.filter, order, (page - 1) * pageSize, pageSize);
    const records = ids.map(at);
    return {
      records,
      total,
      versionCounts: records.map((record) =>
        grouping === undefined ? null : groups.complete.countOf(record, grouping),
      ),
    };
  }

  /** All models that pass a filter, by name. */
  all(filter: ModelFilter): readonly CatalogRecord[] {
    const sort = { key: 'name', descending: false, seed: '' } as const;
    const order = this.#sources.orders.of({ sort, grouping: undefined, versions: 'model' });
    return this.#select(filter, order, 0, Infinity).ids.map(this.#sources.at);
  }

  #select(filter: ModelFilter, order: ListingOrder, start: number, count: number) {
    const selection = this.#sources.filters.select(filter);
    if (selection.bits === undefined) {
      const total = order.ids.length;
      return { ids: pageOf(order, undefined, { start, count, total }), total };
    }
    if (order.members !== undefined) selection.bits.and(order.members);
    const total = selection.size;
    return { ids: pageOf(order, selection.bits, { start, count, total }), total };
  }

  #versionsOf(group: GroupKey, { filter, page, pageSize }: ModelQuery): ModelPage {
    const { filters, groups } = this.#sources;
    const { bits } = filters.select(filter);
    const members = groups.complete.membersOf(group).filter(({ id }) => bits?.has(id) !== false);
    const records = [...members].sort(compareNewestFirst).slice((page - 1) * pageSize, page * pageSize);
    return { records, total: members.length, versionCounts: records.map(() => null) };
  }
}
