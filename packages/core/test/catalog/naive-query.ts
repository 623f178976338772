import type { ModelFilter } from '../../src/catalog/model-filter.js';
import type { CatalogEntry } from '../../src/shapes/catalog-entry.js';

/** Natural comparison written the long way: runs of digits and of others, compared pairwise. */
export function compareNatural(a: string, b: string): number {
  const runs = (text: string): (string | bigint)[] =>
    text.split(/(\d+)/).map((run, index) => (index % 2 === 1 ? BigInt(run) : run));
  const left = runs(a);
  const right = runs(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const x = left[i];
    const y = right[i];
    if (x === undefined || y === undefined) return x === y ? 0 : x === undefined ? -1 : 1;
    const order = typeof x === 'string' && typeof y === 'string' ? compareCodePoints(x, y) : x < y ? -1 : x > y ? 1 : 0;
    if (order !== 0) return order;
  }
  return 0;
}

/** Comparison by code point, the long way. */
export function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const x = left[i]?.codePointAt(0) ?? -1;
    const y = right[i]?.codePointAt(0) ?? -1;
    if (x !== y) return x - y;
  }
  return 0;
}

const lower = (text: string): string => text.toLowerCase();

const compareName = (a: CatalogEntry, b: CatalogEntry): number =>
  compareNatural(lower(a.model_name || a.file_name), lower(b.model_name || b.file_name)) ||
  compareNatural(lower(a.file_path), lower(b.file_path)) ||
  compareCodePoints(lower(a.file_path), lower(b.file_path));

const comparePlain = (a: CatalogEntry, b: CatalogEntry): number =>
  compareCodePoints(lower(a.model_name || a.file_name), lower(b.model_name || b.file_name)) ||
  compareCodePoints(lower(a.file_path), lower(b.file_path));

/** The plain semantics of a sorted listing: copy and sort. */
export function naiveSort(entries: readonly CatalogEntry[], key: string, descending: boolean): CatalogEntry[] {
  const compare = {
    name: compareName,
    date: (a: CatalogEntry, b: CatalogEntry) => a.modified - b.modified || comparePlain(a, b),
    size: (a: CatalogEntry, b: CatalogEntry) => a.size - b.size || comparePlain(a, b),
  }[key];
  const sorted = [...entries].sort(compare);
  return descending ? sorted.reverse() : sorted;
}

/** The plain semantics of a filter, one sentence of the behaviour after another. */
export function naiveMatch(entry: CatalogEntry, filter: ModelFilter): boolean {
  if (filter.safeContentOnly === true && entry.preview_nsfw_level >= 4) return false;
  if (filter.favoritesOnly === true && !entry.favorite) return false;
  if (filter.folder !== undefined) {
    const { path, recursive } = filter.folder;
    const inside = path === '' || entry.folder === path || entry.folder.startsWith(`${path}/`);
    if (recursive ? !inside : entry.folder !== path) return false;
  }
  if (filter.baseModels?.length && !filter.baseModels.includes(entry.base_model)) return false;
  const tags = new Set(entry.tags.map((tag) => tag.trim().toLowerCase()));
  if (filter.tags !== undefined) {
    const clean = (list: readonly string[]) => list.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== '');
    const exclude = clean(filter.tags.exclude);
    const include = clean(filter.tags.include).filter((tag) => !exclude.includes(tag));
    const has = (tag: string) => (tag === '__no_tags__' ? tags.size === 0 : tags.has(tag));
    if (exclude.some(has)) return false;
    if (include.length > 0) {
      const named = include.filter((tag) => tag !== '__no_tags__');
      const all = named.length > 0 && named.every(has);
      const any = include.some(has);
      const untagged = include.includes('__no_tags__') && tags.size === 0;
      if (!(filter.tags.logic === 'all' ? all || untagged : any)) return false;
    }
  }
  if (filter.search !== undefined && filter.search.text !== '') {
    const wanted = lower(filter.search.text);
    const targets = [
      ...(filter.search.fileName ? [entry.file_name] : []),
      ...(filter.search.modelName ? [entry.model_name] : []),
      ...(filter.search.tags ? [...tags] : []),
      ...(filter.search.creator ? [entry.civitai?.creator?.username ?? ''] : []),
    ];
    if (!targets.some((target) => lower(target).includes(wanted))) return false;
  }
  return true;
}
