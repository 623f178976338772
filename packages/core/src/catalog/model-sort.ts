/** What listings can be sorted by. `added` is the order in which models entered the catalog. */
export type SortKey = 'name' | 'date' | 'size' | 'usage' | 'versions_count' | 'random' | 'added';

/** A parsed `sort_by`. */
export interface ModelSort {
  readonly key: SortKey;
  readonly descending: boolean;
  /** Of the random order: the same seed over the same models gives the same order. */
  readonly seed: string;
}

const ordered: readonly SortKey[] = ['name', 'date', 'size', 'usage', 'versions_count'];

/**
 * Parses `key` or `key:order` (docs/behaviour.md, "Sorting"): an empty key means name, an unknown one keeps the order of
 * the scan, and what follows `random:` is its seed.
 */
export function parseSort(sortBy: string | undefined): ModelSort {
  const text = (sortBy ?? '').toLowerCase();
  const colon = text.indexOf(':');
  const name = (colon < 0 ? text : text.slice(0, colon)).trim();
  const order = colon < 0 ? '' : text.slice(colon + 1).trim();
  if (name === 'random') {
    const seed = order === '' || order === 'asc' || order === 'desc' ? 'random' : order;
    return { key: 'random', descending: false, seed };
  }
  const known = name === '' ? 'name' : ordered.find((each) => each === name);
  return { key: known ?? 'added', descending: order === 'desc', seed: '' };
}
