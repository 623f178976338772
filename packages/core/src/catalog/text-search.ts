import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { FuzzyValues } from './fuzzy-values.js';
import { runAtOnce } from './in-turns.js';
import type { LateIndex } from './late-index.js';
import type { ModelFilter } from './model-filter.js';
import { fuzzyMatcher } from './search/matches-fuzzily.js';
import { TextIndex } from './search/text-index.js';
import { WordIndex } from './search/word-index.js';
import type { ValueIndex } from './value-index.js';
import { WaitingIds } from './waiting-ids.js';

/** So few models are entered before a search instead of being looked at one by one in it. */
const FEW = 64;

type TextSearched = NonNullable<ModelFilter['search']>;

interface SearchSources {
  readonly tags: LateIndex<ValueIndex>;
  readonly creators: LateIndex<ValueIndex>;
  readonly at: (id: number) => CatalogRecord;
}

/**
 * The texts that searches look into: names by model, tags and creators by distinct value (docs/behaviour.md, "Search").
 * Names are entered into their indexes in the background: until then a search looks at them one by one.
 *
 * Invariant: a search finds the same models whether their names are entered or wait.
 */
export class TextSearch {
  readonly #fileNames = new TextIndex();
  readonly #modelNames = new TextIndex();
  readonly #fileWords = new WordIndex();
  readonly #modelWords = new WordIndex();
  readonly #tags: FuzzyValues;
  readonly #creators: FuzzyValues;
  readonly #sources: SearchSources;
  readonly #waiting = new WaitingIds();

  constructor(sources: SearchSources) {
    this.#sources = sources;
    this.#tags = new FuzzyValues(sources.tags);
    this.#creators = new FuzzyValues(sources.creators);
  }

  add({ id }: CatalogRecord): void {
    this.#waiting.add(id);
  }

  remove({ id }: CatalogRecord): void {
    if (this.#waiting.delete(id)) return;
    for (const index of [this.#fileNames, this.#fileWords, this.#modelNames, this.#modelWords]) index.delete(id);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    if (before.fileNameText === after.fileNameText && before.modelNameText === after.modelNameText) return;
    if (!this.#waiting.has(after.id)) this.#enter(after);
  }

  /** Enters what waits, a few at every step. */
  *entering(): Generator<void> {
    yield* this.#enteringNames();
    yield* this.#tags.entering();
    yield* this.#creators.entering();
  }

  #enteringNames(): Generator<void> {
    return this.#waiting.taking((id) => this.#enter(this.#sources.at(id)));
  }

  /** Adds the models whose file name in lower case includes a text. */
  addNamed(text: string, into: BitSet): void {
    this.#catchUp();
    this.#fileNames.findContaining(text, into);
    this.#addWaiting(into, ({ fileNameText }) => fileNameText.includes(text));
  }

  /** The models of which any wanted target matches. */
  find(search: TextSearched): BitSet {
    const { tags, creators } = this.#sources;
    const found = new BitSet();
    const wanted = search.text.toLowerCase();
    this.#catchUp();
    if (search.fuzzy) {
      if (search.fileName) this.#fileWords.findFuzzy(wanted, found);
      if (search.modelName) this.#modelWords.findFuzzy(wanted, found);
    } else {
      if (search.fileName) this.#fileNames.findContaining(wanted, found);
      if (search.modelName) this.#modelNames.findContaining(wanted, found);
    }
    const passes = search.fuzzy ? fuzzyMatcher(wanted) : (value: string): boolean => value.includes(wanted);
    this.#addWaiting(
      found,
      ({ fileNameText, modelNameText }) =>
        (search.fileName && passes(fileNameText)) || (search.modelName && passes(modelNameText)),
    );
    if (search.tags) this.#addValues(search, tags, this.#tags, found);
    if (search.creator) this.#addValues(search, creators, this.#creators, found);
    return found;
  }

  #addValues(
    { text, fuzzy }: TextSearched,
    values: LateIndex<ValueIndex>,
    fuzzyValues: FuzzyValues,
    into: BitSet,
  ): void {
    const wanted = text.toLowerCase();
    if (!fuzzy) {
      values.complete.addMatching((value) => value.includes(wanted), into);
      return;
    }
    runAtOnce(fuzzyValues.entering());
    fuzzyValues.find(wanted, into);
  }

  #addWaiting(into: BitSet, passes: (record: CatalogRecord) => boolean): void {
    const { at } = this.#sources;
    this.#waiting.forEach((id) => {
      if (passes(at(id))) into.add(id);
    });
  }

  #catchUp(): void {
    if (this.#waiting.size > 0 && this.#waiting.size <= FEW) runAtOnce(this.#enteringNames());
  }

  #enter({ id, fileNameText, modelNameText }: CatalogRecord): void {
    this.#fileNames.set(id, fileNameText);
    this.#fileWords.set(id, fileNameText);
    this.#modelNames.set(id, modelNameText);
    this.#modelWords.set(id, modelNameText);
  }
}
