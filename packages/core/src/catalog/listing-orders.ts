import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { compareNewestFirst, type VersionGrouping } from './group-key.js';
import type { GroupIndex } from './group-index.js';
import { KeptResults } from './kept-results.js';
import type { LateIndex } from './late-index.js';
import type { ModelSort } from './model-sort.js';
import { hash32, shuffledOrder } from './shuffled-order.js';
import type { SortOrders } from './sort-orders.js';

/** Ids in the order in which they are listed; with a comparison when the order is one of those that are kept sorted. */
export interface ListingOrder {
  readonly ids: Uint32Array;
  /** Whether the listing runs through the ids backwards. */
  readonly descending: boolean;
  readonly compare?: (a: number, b: number) => number;
  /** The ids as a set, when they are not those of every model. */
  readonly members?: BitSet;
}

/** What orders depend on besides the records; each number rises with every change of its kind. */
export interface OrderState {
  readonly version: number;
  /** Models that entered or left, not those that changed. */
  readonly membership: number;
  readonly usageVersion: number;
}

/** What a listing is ordered by. */
export interface ListingSort {
  readonly sort: ModelSort;
  /** One model for each group. */
  readonly grouping: VersionGrouping | undefined;
  /** What a version is when versions are counted and nothing is grouped. */
  readonly versions: VersionGrouping;
}

interface OrderSources {
  readonly orders: SortOrders;
  readonly groups: LateIndex<GroupIndex>;
  readonly at: (id: number) => CatalogRecord;
  readonly usageOf: (record: CatalogRecord) => number;
  readonly state: () => OrderState;
}

/** Each costs four bytes a model. */
const ORDERS_KEPT = 8;

/** Every order of a listing: kept sorted, or worked out from those once per state of the catalog. */
export class ListingOrders {
  readonly #sources: OrderSources;
  readonly #kept = new KeptResults<Uint32Array>(ORDERS_KEPT);
  readonly #grouped = new KeptResults<ListingOrder>(ORDERS_KEPT);
  #pathHashes = new Uint32Array(0);
  #hashed = -1;

  constructor(sources: OrderSources) {
    this.#sources = sources;
  }

  of({ sort, grouping, versions }: ListingSort): ListingOrder {
    const { groups, state } = this.#sources;
    if (sort.key === 'versions_count') return this.#byVersions(sort.descending, grouping, versions);
    const order = this.#ungrouped(sort);
    if (grouping === undefined) return order;
    const { version, usageVersion } = state();
    const key = [grouping, sort.key, sort.descending, sort.seed].join('\0');
    const make = (): ListingOrder => {
      const ids = groups.complete.representatives(order.ids, order.descending, grouping);
      return { ids, descending: false, members: BitSet.of(ids) };
    };
    const uses = sort.key === 'usage' ? `${String(version)} ${String(usageVersion)}` : String(version);
    return this.#grouped.get(key, uses, make);
  }

  #ungrouped({ key, seed, descending }: ModelSort): ListingOrder {
    if (key === 'random') return { ids: this.#shuffled(seed), descending: false };
    if (key === 'usage') return { ids: this.#byUsage(), descending };
    const { ids, compare } = this.#sources.orders.of(key === 'versions_count' ? 'name' : key);
    return { ids, descending, compare };
  }

  #shuffled(seed: string): Uint32Array {
    const { orders, at, state } = this.#sources;
    const { membership } = state();
    return this.#kept.get(`random\0${seed}`, String(membership), () => {
      const { ids } = orders.of('name');
      const byPath = this.#hashPaths(ids, membership);
      return shuffledOrder(ids, (id) => byPath[id] ?? hash32(at(id).entry.file_path), seed);
    });
  }

  #hashPaths(ids: Uint32Array, membership: number): Uint32Array {
    if (this.#hashed === membership) return this.#pathHashes;
    const highest = ids.reduce((most, id) => Math.max(most, id), 0);
    this.#pathHashes = new Uint32Array(highest + 1);
    for (const id of ids) this.#pathHashes[id] = hash32(this.#sources.at(id).entry.file_path);
    this.#hashed = membership;
    return this.#pathHashes;
  }

  /** Least used first; the many that were never used stay in the plain order, so that only the others are sorted. */
  #byUsage(): Uint32Array {
    const { orders, at, usageOf, state } = this.#sources;
    const { version, usageVersion } = state();
    return this.#kept.get('usage', `${String(version)} ${String(usageVersion)}`, () =>
      stableByNumber(orders.of('plain').ids, (id) => usageOf(at(id))),
    );
  }

  #byVersions(descending: boolean, grouping: VersionGrouping | undefined, versions: VersionGrouping): ListingOrder {
    const { orders, at, state } = this.#sources;
    const groups = this.#sources.groups.complete;
    const key = `versions_count\0${String(grouping ?? `all ${versions}`)}`;
    const version = String(state().version);
    if (grouping !== undefined) {
      const { ids, members } = this.#grouped.get(key, version, () => {
        const plain = orders.of('plain').ids;
        const standing = BitSet.of(groups.representatives(plain, false, grouping));
        const sorted = plain.filter((id) => standing.has(id));
        const counted = stableByNumber(sorted, (id) => groups.countOf(at(id), grouping) ?? 0);
        return { ids: counted, descending: false, members: standing };
      });
      return { ids, descending, ...(members === undefined ? {} : { members }) };
    }
    const ids = this.#kept.get(`${key}\0${String(descending)}`, version, () => {
      const order = orders.of('name').ids;
      const standing = [...groups.representatives(order, descending, versions)].map(at);
      const grouped = standing.filter(({ group }) => group !== null);
      const sized = grouped.map((record) => groups.versionsOf(record, versions));
      sized.sort((a, b) => (descending ? b.length - a.length : a.length - b.length));
      const members = sized.flatMap((group) => [...group].sort(compareNewestFirst));
      return Uint32Array.from([...members, ...standing.filter(({ group }) => group === null)], ({ id }) => id);
    });
    return { ids, descending: false };
  }
}

/** Ids by rising number; equal ones stay in the given order. */
function stableByNumber(ids: Uint32Array, numberOf: (id: number) => number): Uint32Array {
  const zero = new Uint32Array(ids.length);
  const others: { readonly id: number; readonly number: number }[] = [];
  let zeros = 0;
  for (const id of ids) {
    const number = numberOf(id);
    if (number === 0) zero[zeros++] = id;
    else others.push({ id, number });
  }
  others.sort((a, b) => a.number - b.number);
  zero.set(
    others.map(({ id }) => id),
    zeros,
  );
  return zero;
}
