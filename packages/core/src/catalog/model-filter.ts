import type { CatalogRecord } from './catalog-record.js';

/** The pseudo tag that stands for "has no tags". */
const NO_TAGS = '__no_tags__';

/** What a listing is narrowed to; every part that is left out lets everything through. All parts combine with AND. */
export interface ModelFilter {
  /** Keep what may be shown anywhere: previews rated below R. */
  readonly safeContentOnly?: boolean;
  readonly favoritesOnly?: boolean;
  readonly folder?: { readonly path: string; readonly recursive: boolean };
  /** Exact, case-sensitive. */
  readonly baseModels?: readonly string[];
  readonly tags?: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly logic: 'any' | 'all';
  };
  readonly search?: {
    readonly text: string;
    readonly fileName: boolean;
    readonly modelName: boolean;
    readonly tags: boolean;
    readonly creator: boolean;
  };
}

type Predicate = (record: CatalogRecord) => boolean;

/** Level bit of R; levels below it are shown anywhere. */
const RESTRICTED = 4;

/**
 * The tests that a filter stands for, cheapest first; none when it lets everything through.
 *
 * Source: docs/behaviour.md, "Folders", "Tags", "Search".
 */
export function predicatesOf(filter: ModelFilter): Predicate[] {
  const predicates: Predicate[] = [];
  if (filter.safeContentOnly === true) predicates.push(({ entry }) => entry.preview_nsfw_level < RESTRICTED);
  if (filter.favoritesOnly === true) predicates.push(({ entry }) => entry.favorite);
  if (filter.folder !== undefined) predicates.push(...folderPredicate(filter.folder));
  if (filter.baseModels !== undefined && filter.baseModels.length > 0) {
    const wanted = new Set(filter.baseModels);
    predicates.push(({ entry }) => wanted.has(entry.base_model));
  }
  if (filter.tags !== undefined) predicates.push(...tagPredicates(filter.tags));
  if (filter.search !== undefined && filter.search.text !== '') predicates.push(searchPredicate(filter.search));
  return predicates;
}

function folderPredicate({ path, recursive }: { path: string; recursive: boolean }): Predicate[] {
  if (!recursive) return [({ entry }) => entry.folder === path];
  if (path === '') return [];
  const below = `${path}/`;
  return [({ entry }) => entry.folder === path || entry.folder.startsWith(below)];
}

function tagPredicates({ include, exclude, logic }: NonNullable<ModelFilter['tags']>): Predicate[] {
  const unwanted = new Set(normalised(exclude));
  const wanted = normalised(include).filter((tag) => !unwanted.has(tag));
  const named = wanted.filter((tag) => tag !== NO_TAGS);
  const untaggedToo = named.length < wanted.length;
  const predicates: Predicate[] = [];
  if (wanted.length > 0) {
    predicates.push(({ searchText: { tags } }) => {
      if (tags.length === 0) return untaggedToo;
      if (named.length === 0) return false;
      return logic === 'all' ? named.every((tag) => tags.includes(tag)) : named.some((tag) => tags.includes(tag));
    });
  }
  if (unwanted.size > 0) {
    predicates.push(({ searchText: { tags } }) =>
      tags.length === 0 ? !unwanted.has(NO_TAGS) : !tags.some((tag) => unwanted.has(tag)),
    );
  }
  return predicates;
}

function normalised(tags: readonly string[]): string[] {
  return [...new Set(tags.map((tag) => tag.trim().toLowerCase()))].filter((tag) => tag !== '');
}

function searchPredicate(search: NonNullable<ModelFilter['search']>): Predicate {
  const wanted = search.text.toLowerCase();
  return ({ searchText }) =>
    (search.fileName && searchText.fileName.includes(wanted)) ||
    (search.modelName && searchText.modelName.includes(wanted)) ||
    (search.tags && searchText.tags.some((tag) => tag.includes(wanted))) ||
    (search.creator && searchText.creator.includes(wanted));
}
