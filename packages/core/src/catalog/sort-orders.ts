import type { CatalogRecord } from './catalog-record.js';
import { compareByCodePoint, compareNaturally, leadingRanks, naturalRanks } from './natural-key.js';
import { SortedOrder, type Ordering } from './sorted-order.js';

/** Paths that differ in case only are two models on most systems. */
function comparePaths({ entry: { file_path: a } }: CatalogRecord, { entry: { file_path: b } }: CatalogRecord): number {
  if (a === b) return 0;
  return compareByCodePoint(a.toLowerCase(), b.toLowerCase()) || (a < b ? -1 : 1);
}

function comparePathsNaturally({ entry: { file_path: a } }: CatalogRecord, { entry: b }: CatalogRecord): number {
  return a === b.file_path ? 0 : compareNaturally(a.toLowerCase(), b.file_path.toLowerCase());
}

const compareNames = (a: CatalogRecord, b: CatalogRecord): number =>
  compareByCodePoint(a.nameText, b.nameText) || comparePaths(a, b);

/** Ties are compared without keys of their own: they are rare, and keys would be a third of a record's memory. */
const orderings = {
  name: {
    ranksOf: ({ nameText }) => naturalRanks(nameText),
    compareTies: (a, b) =>
      compareNaturally(a.nameText, b.nameText) || comparePathsNaturally(a, b) || comparePaths(a, b),
  },
  date: { ranksOf: ({ entry }) => [entry.modified, 0], compareTies: compareNames },
  size: { ranksOf: ({ entry }) => [entry.size, 0], compareTies: compareNames },
  /** Models in the order in which they entered. */
  added: { ranksOf: ({ sequence }) => [sequence, 0], compareTies: () => 0 },
  /** What breaks the ties of usage and of numbers of versions: the model name, whatever name is displayed. */
  plain: {
    ranksOf: ({ modelNameText }) => leadingRanks(modelNameText),
    compareTies: (a, b) => compareByCodePoint(a.modelNameText, b.modelNameText) || comparePaths(a, b),
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
    const name = new SortedOrder(orderings.name, at);
    const plain = new SortedOrder(orderings.plain, at, () => name.ids);
    const byName = (): Uint32Array => plain.ids;
    this.#orders = {
      name,
      plain,
      date: new SortedOrder(orderings.date, at, byName),
      size: new SortedOrder(orderings.size, at, byName),
      added: new SortedOrder(orderings.added, at),
    };
  }

  of(key: KeptOrder): SortedOrder<CatalogRecord> {
    return this.#orders[key];
  }

  /** Sorts what waits to be sorted, a little at every step; by name first. The records must stay as they are from step to step. */
  *settling(): Generator<void> {
    for (const order of Object.values(this.#orders)) {
      yield* order.settling();
      // Something came meanwhile, for which whoever settles begins again: the next order would sort all of this one at once.
      if (!order.isSettled) return;
    }
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
