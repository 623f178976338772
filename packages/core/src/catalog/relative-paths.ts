import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import type { FilterIndexes } from './filter-indexes.js';
import type { ModelFilter } from './model-filter.js';
import { plainKey } from './natural-key.js';
import { compareRelativePaths, relativePathOf, relativeStart, searchedPathOf } from './relative-path.js';
import { Selection } from './selection.js';

/** What paths are looked for. */
export interface RelativePathSearch {
  /** Words, all of which a path contains; one that begins with `-` is one that it must not contain. */
  readonly search: string;
  readonly filter: ModelFilter | undefined;
  readonly limit: number;
  readonly offset: number;
}

interface Ranked {
  readonly record: CatalogRecord;
  readonly prefixes: number;
  readonly first: number;
  readonly length: number;
}

function compareRanked(a: Ranked, b: Ranked): number {
  return (
    b.prefixes - a.prefixes || a.first - b.first || a.length - b.length || compareRelativePaths(a.record, b.record)
  );
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
    const words = search
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const isUnwanted = (word: string): boolean => word.length > 1 && word.startsWith('-');
    const unwanted = words.filter(isUnwanted).map((word) => word.slice(1));
    const wanted = words.filter((word) => !isUnwanted(word));
    const selection = filter === undefined ? new Selection(this.#indexes.all) : this.#indexes.select(filter);
    for (const word of wanted) selection.keep(this.#containing(word));
    for (const word of unwanted) selection.drop(this.#containing(word));
    return this.#best(selection.everything(), wanted, offset + limit)
      .slice(offset)
      .map(({ record }) => relativePathOf(record));
  }

  /** A word without a slash lies in the folder, in the name or in an extension that is looked into as well. */
  #containing(word: string): BitSet {
    const { folders, texts, all } = this.#indexes;
    const parts = word.split('/');
    const longest = parts.reduce((long, part) => (part.length > long.length ? part : long));
    const found = new BitSet();
    if (longest === '') all.addTo(found);
    folders.addMatching((folder) => folder.includes(longest), found);
    texts.fileNames.findContaining(longest, found);
    for (const id of this.#indexes.extended) found.add(id);
    if (parts.length === 1) {
      for (const id of this.#indexes.extended) if (!searchedPathOf(this.#at(id)).includes(word)) found.delete(id);
      return found;
    }
    for (const id of found) if (!searchedPathOf(this.#at(id)).includes(word)) found.delete(id);
    return found;
  }

  /** The first of many in order, without sorting them all. */
  #best(ids: BitSet, wanted: readonly string[], count: number): readonly Ranked[] {
    const kept: Ranked[] = [];
    const keys = wanted.map(plainKey);
    ids.forEach((id) => {
      const ranked = rank(this.#at(id), keys);
      const last = kept[count - 1];
      if (count <= 0 || (last !== undefined && compareRanked(ranked, last) > 0)) return;
      let low = 0;
      let high = kept.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (compareRanked(kept[middle] ?? ranked, ranked) <= 0) low = middle + 1;
        else high = middle;
      }
      kept.splice(low, 0, ranked);
      if (kept.length > count) kept.pop();
    });
    return kept;
  }
}

/** Looks into the key of the whole path, behind the root: no text is made per model. */
function rank(record: CatalogRecord, words: readonly string[]): Ranked {
  const { pathKey } = record;
  const start = relativeStart(pathKey, record);
  let prefixes = 0;
  let first = words.length === 0 ? 0 : Infinity;
  for (const word of words) {
    const at = pathKey.indexOf(word, start) - start;
    if (at === 0) prefixes++;
    if (at < first) first = at;
  }
  return {
    record,
    prefixes,
    first,
    length: record.entry.file_path.length - relativeStart(record.entry.file_path, record),
  };
}
