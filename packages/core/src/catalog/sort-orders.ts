import type { CatalogRecord } from './catalog-record.js';
import { compareNaturally, leadingRanks } from './natural-key.js';
import { SortedOrder, type Ordering } from './sorted-order.js';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Paths that differ in case only are two models on most systems. */
const comparePaths = (a: CatalogRecord, b: CatalogRecord): number =>
  compareText(a.pathKey, b.pathKey) || compareText(a.entry.file_path, b.entry.file_path);

const compareNames = (a: CatalogRecord, b: CatalogRecord): number =>
  compareText(a.nameKey, b.nameKey) || comparePaths(a, b);

const orderings = {
  name: {
    ranksOf: ({ naturalName }) => leadingRanks(naturalName),
    compareTies: (a, b) =>
      compareText(a.naturalName, b.naturalName) || compareNaturally(a.pathKey, b.pathKey) || comparePaths(a, b),
  },
  date: { ranksOf: ({ entry }) => [entry.modified, 0], compareTies: compareNames },
  size: { ranksOf: ({ entry }) => [entry.size, 0], compareTies: compareNames },
  /** Models in the order in which they entered. */
  added: { ranksOf: ({ sequence }) => [sequence, 0], compareTies: () => 0 },
  /** What breaks the ties of usage and of numbers of versions: the model name, whatever name is displayed. */
  plain: {
    ranksOf: ({ modelNameKey }) => leadingRanks(modelNameKey),
    compareTies: (a, b) => compareText(a.modelNameKey, b.modelNameKey) || comparePaths(a, b),
  },
} satisfies Record<string, Ordering<CatalogRecord>>;

/** The orders that are kept sorted through every change. */
export type KeptOrder = keyof typeof orderings;

/** What a change does to one model; without `before` it enters, without `after` it leaves. */
export interface RecordChange {
  readonly before: CatalogRecord | undefined;
  readonly after: CatalogRecord | undefined;
}

/** One sorted array of ids per sort key. Each is a whole tuple, so that descending is its exact reverse. */
export class SortOrders {
  readonly #orders: Record<KeptOrder, SortedOrder<CatalogRecord>>;

  constructor(at: (id: number) => CatalogRecord) {
    this.#orders = {
      name: new SortedOrder(orderings.name, at),
      date: new SortedOrder(orderings.date, at),
      size: new SortedOrder(orderings.size, at),
      added: new SortedOrder(orderings.added, at),
      plain: new SortedOrder(orderings.plain, at),
    };
  }

  of(key: KeptOrder): SortedOrder<CatalogRecord> {
    return this.#orders[key];
  }

  /** Patches every order around the exchange of the records themselves. */
  change(changes: readonly RecordChange[], exchange: () => void): void {
    const arrivals = Object.values(this.#orders).map((order) => {
      const [leaving, items]: [CatalogRecord[], CatalogRecord[]] = [[], []];
      for (const { before, after } of changes) {
        if (before !== undefined && after !== undefined && order.hasSamePlace(before, after)) continue;
        if (before !== undefined) leaving.push(before);
        if (after !== undefined) items.push(after);
      }
      order.takeOut(leaving);
      return { order, items };
    });
    exchange();
    for (const { order, items } of arrivals) order.putIn(items);
  }
}
