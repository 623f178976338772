import type { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { relativePathOf } from './relative-path.js';

/** More than a path is long, and than a search has words. */
const MANY = 2 ** 17;

/** How well paths below their roots match some words; what concerns their folders is worked out once for each. */
export class PathRanks {
  readonly #words: readonly string[];
  readonly #extended: BitSet;
  /** A word with a slash may lie across folder and name. */
  readonly #isAcross: boolean;
  readonly #folders = new Map<string, { readonly length: number; readonly places: readonly number[] }>();

  /**
   * @param words In lower case; every path that is asked about contains all of them.
   * @param extended The models whose searched path does not end in their file name.
   */
  constructor(words: readonly string[], extended: BitSet) {
    this.#words = words;
    this.#extended = extended;
    this.#isAcross = words.some((word) => word.includes('/'));
  }

  /**
   * One number that rises as a match gets worse: words that the path begins with, then the first occurrence, then the length.
   */
  of(record: CatalogRecord): number {
    const { folder, file_path: path } = record.entry;
    const places = this.#isAcross || this.#extended.has(record.id) ? this.#placesIn(record) : this.#placesOf(record);
    const name = path.length - path.lastIndexOf('/') - 1;
    const length = folder === '' ? name : folder.length + 1 + name;
    let prefixes = 0;
    let first = places.length === 0 ? 0 : MANY - 1;
    for (const place of places) {
      if (place === 0) prefixes++;
      if (place < first) first = place;
    }
    return ((MANY - prefixes) * MANY + first) * MANY + length;
  }

  #placesIn(record: CatalogRecord): readonly number[] {
    const path = relativePathOf(record).toLowerCase();
    return this.#words.map((word) => path.indexOf(word));
  }

  #placesOf({ entry: { folder }, fileNameText }: CatalogRecord): readonly number[] {
    let known = this.#folders.get(folder);
    if (known === undefined) {
      const lower = folder.toLowerCase();
      known = { length: folder === '' ? 0 : lower.length + 1, places: this.#words.map((word) => lower.indexOf(word)) };
      this.#folders.set(folder, known);
    }
    const { length, places } = known;
    return places.map((place, at) => (place === -1 ? length + fileNameText.indexOf(this.#words[at] ?? '') : place));
  }
}
