import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import type { FilterIndexes } from './filter-indexes.js';
import type { ModelFilter } from './model-filter.js';
import { compareRelativePaths, relativePathOf, searchedPathOf } from './relative-path.js';
import { PathRanks } from './path-ranks.js';
import { Selection } from './selection.js';
import { smallest } from './smallest.js';

/** Nobody types more, and each is looked for in the whole library. */
const MOST_WORDS = 32;

/** What paths are looked for. */
export interface RelativePathSearch {
  /** Words, all of which a path contains; one that begins with `-` is one that it must not contain. */
  readonly search: string;
  readonly filter: ModelFilter | undefined;
  readonly limit: number;
  readonly offset: number;
}

/**
 * Paths below their roots that contain all words, best match first: more words that the path begins with, an earlier
 * first occurrence, shorter, alphabetical (docs/behaviour.md, "Relative paths").
 */
export class RelativePaths {
  readonly #indexes: FilterIndexes;
  readonly #at: (id: number) => CatalogRecord;

  constructor(indexes: FilterIndexes, at: (id: number) => CatalogRecord) {
    this.#indexes = indexes;
    this.#at = at;
  }

  find({ search, filter, limit, offset }: RelativePathSearch): readonly string[] {
    const words = [...new Set(search.toLowerCase().split(/\s+/))].filter((word) => word !== '').slice(0, MOST_WORDS);
    const isUnwanted = (word: string): boolean => word.length > 1 && word.startsWith('-');
    const unwanted = words.filter(isUnwanted).map((word) => word.slice(1));
    const wanted = words.filter((word) => !isUnwanted(word));
    const selection = filter === undefined ? new Selection(this.#indexes.all) : this.#indexes.select(filter);
    for (const word of wanted) selection.keep(this.#containing(word));
    for (const word of unwanted) selection.drop(this.#containing(word));
    return this.#best(selection.everything(), wanted, offset + limit)
      .slice(offset)
      .map(relativePathOf);
  }

  /** A word without a slash lies in the folder, in the name or in an extension that is looked into as well. */
  #containing(word: string): BitSet {
    const { folders, texts, all } = this.#indexes;
    const parts = word.split('/');
    const longest = parts.reduce((long, part) => (part.length > long.length ? part : long));
    const found = new BitSet();
    if (longest === '') all.addTo(found);
    folders.addMatching((folder) => folder.includes(longest), found);
    texts.addNamed(longest, found);
    for (const id of this.#indexes.extended) found.add(id);
    if (parts.length === 1) {
      for (const id of this.#indexes.extended) if (!searchedPathOf(this.#at(id)).includes(word)) found.delete(id);
      return found;
    }
    for (const id of found) if (!searchedPathOf(this.#at(id)).includes(word)) found.delete(id);
    return found;
  }

  /** The first of many in order, without sorting them all: only those whose rank may be among the wanted ones. */
  #best(ids: BitSet, wanted: readonly string[], count: number): readonly CatalogRecord[] {
    if (count <= 0) return [];
    const rankOf = new PathRanks(wanted, this.#indexes.extended);
    const ranks = new Float64Array(ids.size);
    let length = 0;
    ids.forEach((id) => (ranks[length++] = rankOf.of(this.#at(id))));
    const last = length > count ? smallest(ranks.slice(), count - 1) : Infinity;
    const kept: Ranked[] = [];
    let at = 0;
    ids.forEach((id) => {
      const rank = ranks[at++] ?? 0;
      if (rank <= last) kept.push({ rank, record: this.#at(id) });
    });
    kept.sort((a, b) => a.rank - b.rank || compareRelativePaths(a.record, b.record));
    return kept.slice(0, count).map(({ record }) => record);
  }
}

interface Ranked {
  readonly rank: number;
  readonly record: CatalogRecord;
}
