// The plain semantics of listings, in the order of the specification: filter, sort, slice, over plain arrays. It is the
// oracle of the engine and shares no code with it but the types and the fuzzy comparison of one text.
import { autoTagsOf } from '../../src/catalog/auto-tags.js';
import type { ModelFilter } from '../../src/catalog/model-filter.js';
import type { ModelQuery } from '../../src/catalog/listing-queries.js';
import { matchesFuzzily } from '../../src/catalog/search/matches-fuzzily.js';
import type { CatalogEntry } from '../../src/shapes/catalog-entry.js';
import type { ScannedModel } from '../../src/shapes/scan.js';

/** What answers depend on besides the models; models in the order in which they entered. */
export interface NaiveLibrary {
  readonly models: readonly ScannedModel[];
  readonly usageOf: (sha256: string) => number;
  /** Paths that pass the name patterns, when there are any. */
  readonly names?: ReadonlySet<string> | undefined;
}

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
const compareNumbers = (a: number, b: number): number => a - b;

const comparePaths = (a: CatalogEntry, b: CatalogEntry): number =>
  compareCodePoints(lower(a.file_path), lower(b.file_path)) ||
  (a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : 0);

const displayName = (entry: CatalogEntry): string => lower(entry.model_name || entry.file_name);

const compareName = (a: CatalogEntry, b: CatalogEntry): number =>
  compareNatural(displayName(a), displayName(b)) ||
  compareNatural(lower(a.file_path), lower(b.file_path)) ||
  comparePaths(a, b);

const comparePlain = (a: CatalogEntry, b: CatalogEntry): number =>
  compareCodePoints(displayName(a), displayName(b)) || comparePaths(a, b);

const compareModelName = (a: CatalogEntry, b: CatalogEntry): number =>
  compareCodePoints(lower(a.model_name), lower(b.model_name)) || comparePaths(a, b);

/** A sorted copy; descending is the exact reverse. */
function naiveSort({ models, usageOf }: NaiveLibrary, key: string, descending: boolean): CatalogEntry[] {
  const sorted = models.map(({ entry }) => entry);
  const compare = {
    name: compareName,
    date: (a: CatalogEntry, b: CatalogEntry) => compareNumbers(a.modified, b.modified) || comparePlain(a, b),
    size: (a: CatalogEntry, b: CatalogEntry) => compareNumbers(a.size, b.size) || comparePlain(a, b),
    usage: (a: CatalogEntry, b: CatalogEntry) =>
      compareNumbers(usageOf(a.sha256), usageOf(b.sha256)) || compareModelName(a, b),
  }[key];
  if (compare !== undefined) sorted.sort(compare);
  return descending ? sorted.reverse() : sorted;
}

const PG_BITS = 4;

/** One sentence of the behaviour after another. */
export function naiveMatch(entry: CatalogEntry, filter: ModelFilter, library: NaiveLibrary): boolean {
  if (filter.updateAvailableOnly === true) return false;
  if (filter.safeContentOnly === true && entry.preview_nsfw_level >= PG_BITS) return false;
  if (filter.hashes?.length) return filter.hashes.some((hash) => hash === entry.sha256 || hash === entry.autov3);
  if (filter.favoritesOnly === true && !entry.favorite) return false;
  if (!matchesFolders(entry.folder, filter)) return false;
  if (filter.baseModels?.length && !filter.baseModels.includes(entry.base_model)) return false;
  const subType = lower(entry.sub_type?.trim() || entry.civitai?.model?.type.trim() || 'lora');
  if (filter.subTypes?.length && !filter.subTypes.map(lower).includes(subType)) return false;
  const tags = new Set(entry.tags.map((tag) => lower(tag.trim())));
  if (filter.tags !== undefined && !matchesTags(tags, filter.tags)) return false;
  const labels = autoTagsOf(entry);
  if (filter.autoTags?.include.length && !filter.autoTags.include.some((label) => labels.includes(label))) return false;
  if (filter.autoTags?.exclude.some((label) => labels.includes(label))) return false;
  if (filter.search !== undefined && filter.search.text !== '' && !matchesSearch(entry, tags, filter.search))
    return false;
  if (filter.firstLetter && !matchesLetter(entry.model_name, filter.firstLetter)) return false;
  if (filter.names !== undefined && library.names?.has(entry.file_path) !== true) return false;
  if (!matchesLicence(entry.license_flags, filter)) return false;
  const used = library.usageOf(entry.sha256) > 0;
  return filter.usage === undefined || (filter.usage === 'used') === used;
}

function matchesFolders(own: string, { folder, folderInclude, folderExclude }: ModelFilter): boolean {
  const isIn = (path: string, recursive: boolean): boolean =>
    recursive ? path === '' || own === path || own.startsWith(`${path}/`) : own === path;
  if (folder !== undefined && !isIn(folder.path, folder.recursive)) return false;
  if (folderInclude !== undefined && folderInclude.paths.length > 0) {
    const paths = folderInclude.paths.filter((path) => path.trim() !== '').map((path) => path.replace(/\/+$/, ''));
    if (!paths.some((path) => isIn(path, folderInclude.recursive))) return false;
  }
  const unwanted = (folderExclude ?? []).filter((path) => path.trim() !== '');
  return !unwanted.some((path) => own === path || own.startsWith(path.endsWith('/') ? path : `${path}/`));
}

function matchesTags(tags: ReadonlySet<string>, wanted: NonNullable<ModelFilter['tags']>): boolean {
  const clean = (list: readonly string[]) => list.map((tag) => lower(tag.trim())).filter((tag) => tag !== '');
  const exclude = clean(wanted.exclude);
  const include = clean(wanted.include).filter((tag) => !exclude.includes(tag));
  const has = (tag: string) => (tag === '__no_tags__' ? tags.size === 0 : tags.has(tag));
  if (exclude.some(has)) return false;
  if (include.length === 0) return true;
  if (wanted.logic === 'any') return include.some(has);
  const named = include.filter((tag) => tag !== '__no_tags__');
  return (named.length > 0 && named.every(has)) || (include.includes('__no_tags__') && tags.size === 0);
}

function matchesSearch(
  entry: CatalogEntry,
  tags: ReadonlySet<string>,
  search: NonNullable<ModelFilter['search']>,
): boolean {
  const targets = [
    ...(search.fileName ? [entry.file_name] : []),
    ...(search.modelName ? [entry.model_name] : []),
    ...(search.tags ? [...tags] : []),
    ...(search.creator ? [entry.civitai?.creator?.username ?? ''] : []),
  ];
  const wanted = lower(search.text);
  return targets.some((target) =>
    search.fuzzy ? matchesFuzzily(lower(target), wanted) : lower(target).includes(wanted),
  );
}

const cjk =
  /^[\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3200-\u33ff\u3400-\u4dbf\u4e00-\u9fff\u{20000}-\u{2a6df}\u{2a700}-\u{2ebef}\u{30000}-\u{3134f}\uf900-\ufaff\u1100-\u11ff\ua960-\ua97f\uac00-\ud7af\ud7b0-\ud7ff]$/u;

function matchesLetter(name: string, wanted: string): boolean {
  const [first] = name;
  if (first === undefined) return false;
  if (wanted === '#') return /^\p{Nd}$/u.test(first);
  if (wanted === '@') return !/^[\p{L}\p{N}]$/u.test(first);
  if (wanted === '漢') return cjk.test(first);
  return first.toUpperCase() === wanted.toUpperCase();
}

/** Digit, A to Z, CJK, not alphanumeric: the first that holds; anything else is not counted. */
export function naiveLetterCounts(entries: readonly CatalogEntry[]): Record<string, number> {
  const letters = ['#', ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '漢', '@'];
  const counts = Object.fromEntries(letters.map((letter) => [letter, 0]));
  for (const { model_name: name } of entries) {
    const first = letters.find((letter) => matchesLetter(name, letter));
    if (first !== undefined) counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}

const licenceBits = {
  'no-credit': 1,
  image: 2,
  rentcivit: 4,
  rent: 8,
  sell: 16,
  derivatives: 32,
  'different-license': 64,
};

function matchesLicence(flags: number | null, { creditRequired, allowSelling, licence }: ModelFilter): boolean {
  const has = (bit: number): boolean => flags !== null && (flags & bit) !== 0;
  if (creditRequired !== undefined && (flags === null || has(1) === creditRequired)) return false;
  if (allowSelling !== undefined && (flags === null || has(2) !== allowSelling)) return false;
  const says = (term: keyof typeof licenceBits | 'unknown'): boolean =>
    term === 'unknown' ? flags === null : has(licenceBits[term]);
  return licence === undefined || (licence.include.every(says) && !licence.exclude.some(says));
}

type Grouping = 'same_base' | 'model';

function groupOf({ civitai, hf_url: url }: CatalogEntry): number | string | undefined {
  if (Number.isInteger(civitai?.modelId)) return civitai?.modelId;
  const match = /^https?:\/\/huggingface\.co\/([^/]+)\/([^/]+)/.exec(url);
  return match === null ? undefined : `hf:${match[1] ?? ''}/${match[2] ?? ''}`;
}

function keyOf(entry: CatalogEntry, grouping: Grouping): string | undefined {
  const group = groupOf(entry);
  if (group === undefined) return undefined;
  return JSON.stringify(grouping === 'model' ? [group] : [group, entry.base_model]);
}

const versionOf = ({ civitai, modified }: CatalogEntry): number =>
  Number.isInteger(civitai?.id) ? (civitai?.id ?? 0) : modified;

function newestFirst(entries: readonly CatalogEntry[]): CatalogEntry[] {
  return [...entries].sort(
    (a, b) => versionOf(b) - versionOf(a) || b.modified - a.modified || (a.file_path < b.file_path ? -1 : 1),
  );
}

/** Groups in order of first appearance, and what belongs to none. */
function grouped(entries: readonly CatalogEntry[], grouping: Grouping) {
  const groups = new Map<string, CatalogEntry[]>();
  const alone: CatalogEntry[] = [];
  for (const entry of entries) {
    const key = keyOf(entry, grouping);
    if (key === undefined) alone.push(entry);
    else groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return { groups: [...groups.values()], alone };
}

interface NaiveItem {
  readonly path: string;
  readonly versionCount: number | null;
}

/** Every match of a query in listing order, `page` and `pageSize` aside. */
export function naiveQuery(
  library: NaiveLibrary,
  { filter, sort, grouping, group, versions = 'same_base' }: Omit<ModelQuery, 'page' | 'pageSize'>,
): NaiveItem[] {
  const itemsOf = (entries: readonly CatalogEntry[]): { entry: CatalogEntry; count: number | null }[] =>
    entries.map((entry) => ({ entry, count: null }));
  const collapsed = (entries: readonly CatalogEntry[], by: Grouping) => {
    const { groups, alone } = grouped(entries, by);
    const newest = groups.flatMap((members) =>
      newestFirst(members)
        .slice(0, 1)
        .map((entry) => ({ entry, count: members.length })),
    );
    return [...newest, ...itemsOf(alone)];
  };
  const ordered = () => {
    const entries = library.models.map(({ entry }) => entry);
    if (group !== undefined) return itemsOf(newestFirst(entries.filter((entry) => groupOf(entry) === group)));
    if (sort.key !== 'versions_count') {
      const sorted = naiveSort(library, sort.key, sort.descending);
      return grouping === undefined ? itemsOf(sorted) : collapsed(sorted, grouping);
    }
    if (grouping !== undefined) {
      const items = collapsed(entries, grouping);
      items.sort((a, b) => (a.count ?? 0) - (b.count ?? 0) || compareModelName(a.entry, b.entry));
      return sort.descending ? items.reverse() : items;
    }
    const { groups, alone } = grouped(naiveSort(library, 'name', sort.descending), versions);
    groups.sort((a, b) => (sort.descending ? b.length - a.length : a.length - b.length));
    return itemsOf([...groups.flatMap(newestFirst), ...alone]);
  };
  return ordered()
    .filter(({ entry }) => naiveMatch(entry, filter, library))
    .map(({ entry, count }) => ({ path: entry.file_path, versionCount: count }));
}
