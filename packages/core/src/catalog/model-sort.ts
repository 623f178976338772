import type { CatalogRecord } from './catalog-record.js';

/** What listings can be sorted by. `added` is the order in which models entered the catalog. */
export type SortKey = 'name' | 'date' | 'size' | 'random' | 'added';

/** A parsed `sort_by`. */
export interface ModelSort {
  readonly key: SortKey;
  readonly descending: boolean;
  /** Of the random order: the same seed over the same models gives the same order. */
  readonly seed: string;
}

/**
 * Parses `key` or `key:order` (docs/behaviour.md, "Sorting"): an empty key means name, an unknown one keeps the order of
 * the scan, and what follows `random:` is its seed.
 */
export function parseSort(sortBy: string | undefined): ModelSort {
  const text = (sortBy ?? '').toLowerCase();
  const colon = text.indexOf(':');
  const key = (colon < 0 ? text : text.slice(0, colon)).trim();
  const order = colon < 0 ? '' : text.slice(colon + 1).trim();
  if (key === 'random') {
    const seed = order === '' || order === 'asc' || order === 'desc' ? 'random' : order;
    return { key, descending: false, seed };
  }
  const known = key === 'name' || key === 'date' || key === 'size';
  return { key: known ? key : key === '' ? 'name' : 'added', descending: order === 'desc', seed: '' };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The comparison of each kept order: a whole tuple, so that descending is its exact reverse. */
export const comparisons = {
  name: ({ sortKeys: a }: CatalogRecord, { sortKeys: b }: CatalogRecord): number =>
    compareText(a.naturalName, b.naturalName) ||
    compareText(a.naturalPath, b.naturalPath) ||
    compareText(a.path, b.path),
  date: (a: CatalogRecord, b: CatalogRecord): number => a.entry.modified - b.entry.modified || compareNameAndPath(a, b),
  size: (a: CatalogRecord, b: CatalogRecord): number => a.entry.size - b.entry.size || compareNameAndPath(a, b),
} as const;

function compareNameAndPath({ sortKeys: a }: CatalogRecord, { sortKeys: b }: CatalogRecord): number {
  return compareText(a.name, b.name) || compareText(a.path, b.path);
}
