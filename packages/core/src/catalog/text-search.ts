import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import type { ModelFilter } from './model-filter.js';
import { matchesFuzzily } from './search/matches-fuzzily.js';
import { TextIndex } from './search/text-index.js';
import { WordIndex } from './search/word-index.js';
import type { ValueIndex } from './value-index.js';

/**
 * The texts that searches look into: names by model, tags and creators by distinct value (docs/behaviour.md, "Search").
 */
export class TextSearch {
  readonly fileNames = new TextIndex();
  readonly #modelNames = new TextIndex();
  readonly #fileWords = new WordIndex();
  readonly #modelWords = new WordIndex();
  readonly #tags: ValueIndex;
  readonly #creators: ValueIndex;

  constructor(tags: ValueIndex, creators: ValueIndex) {
    this.#tags = tags;
    this.#creators = creators;
  }

  /** Enters a record, in the place of the one with its id. */
  set({ id, fileNameText, modelNameText }: CatalogRecord): void {
    this.fileNames.set(id, fileNameText);
    this.#fileWords.set(id, fileNameText);
    this.#modelNames.set(id, modelNameText);
    this.#modelWords.set(id, modelNameText);
  }

  delete({ id }: CatalogRecord): void {
    for (const index of [this.fileNames, this.#fileWords, this.#modelNames, this.#modelWords]) index.delete(id);
  }

  /** The models of which any wanted target matches. */
  find(search: NonNullable<ModelFilter['search']>): BitSet {
    const found = new BitSet();
    const wanted = search.text.toLowerCase();
    if (search.fuzzy) {
      if (search.fileName) this.#fileWords.findFuzzy(wanted, found);
      if (search.modelName) this.#modelWords.findFuzzy(wanted, found);
    } else {
      if (search.fileName) this.fileNames.findContaining(wanted, found);
      if (search.modelName) this.#modelNames.findContaining(wanted, found);
    }
    const passes = search.fuzzy
      ? (value: string): boolean => matchesFuzzily(value, wanted)
      : (value: string): boolean => value.includes(wanted);
    if (search.tags) this.#tags.addMatching(passes, found);
    if (search.creator) this.#creators.addMatching(passes, found);
    return found;
  }
}
