import { autoTagsOf } from './auto-tags.js';
import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { firstLetterKeysOf, wantedLetterKey } from './first-letter.js';
import { FolderIndex } from './folder-index.js';
import type { HashIndex } from './hash-index.js';
import { LateIndex, type RecordIndex } from './late-index.js';
import type { LicenceFact } from './licence-facts.js';
import type { ModelFilter } from './model-filter.js';
import { PostingList } from './posting-list.js';
import { RecordFacts } from './record-facts.js';
import { Selection } from './selection.js';
import { keepTagged } from './tag-filter.js';
import { TextSearch } from './text-search.js';
import { ValueIndex } from './value-index.js';

/** Which models were used at least once: known outside. */
export type UsedModelIds = () => BitSet;

/**
 * Everything that listings are narrowed by, as ids by value, and the answer to a filter: intersections of those.
 *
 * Invariant: a selection holds exactly the ids whose records pass every part of the filter.
 */
export class FilterIndexes implements RecordIndex {
  readonly all = new PostingList();
  readonly texts: TextSearch;
  readonly #folders: LateIndex<FolderIndex>;
  readonly #facts: LateIndex<RecordFacts>;
  readonly #baseModels: LateIndex<ValueIndex>;
  readonly #subTypes: LateIndex<ValueIndex>;
  readonly #tags: LateIndex<ValueIndex>;
  readonly #autoTags: LateIndex<ValueIndex>;
  readonly #creators: LateIndex<ValueIndex>;
  readonly #letters: LateIndex<ValueIndex>;
  readonly #hashes: LateIndex<HashIndex>;
  readonly #usedModels: UsedModelIds;
  readonly #byValue: readonly LateIndex<RecordIndex>[];

  constructor(hashes: LateIndex<HashIndex>, usedModels: UsedModelIds, at: (id: number) => CatalogRecord) {
    const byValue = (valuesOf: (record: CatalogRecord) => readonly string[]): LateIndex<ValueIndex> =>
      new LateIndex(new ValueIndex(valuesOf), at);
    this.#folders = new LateIndex(new FolderIndex(), at);
    this.#facts = new LateIndex(new RecordFacts(), at);
    this.#baseModels = byValue(({ entry }) => [entry.base_model]);
    this.#subTypes = byValue(({ subType }) => [subType]);
    this.#tags = byValue(({ tagTexts }) => tagTexts);
    this.#autoTags = byValue(({ entry }) => autoTagsOf(entry));
    this.#creators = byValue(({ creatorText }) => (creatorText === '' ? [] : [creatorText]));
    this.#letters = byValue(({ entry }) => firstLetterKeysOf(entry.model_name));
    this.#byValue = [
      this.#folders,
      this.#facts,
      this.#baseModels,
      this.#subTypes,
      this.#tags,
      this.#autoTags,
      this.#creators,
      this.#letters,
    ];
    this.texts = new TextSearch({ tags: this.#tags, creators: this.#creators, at });
    this.#hashes = hashes;
    this.#usedModels = usedModels;
  }

  add(record: CatalogRecord): void {
    this.all.add(record.id);
    for (const index of this.#byValue) index.add(record);
    this.texts.add(record);
  }

  remove(record: CatalogRecord): void {
    this.all.delete(record.id);
    for (const index of this.#byValue) index.remove(record);
    this.texts.remove(record);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    for (const index of this.#byValue) index.replace(before, after);
    this.texts.replace(before, after);
  }

  /** Enters what waits, a little at every step: what filters take first, because searches find the same without. */
  *entering(): Generator<void> {
    for (const index of this.#byValue) yield* index.entering();
    yield* this.texts.entering();
  }

  get folders(): FolderIndex {
    return this.#folders.complete;
  }

  /** Models whose searched path does not end in their file name. */
  get extended(): BitSet {
    return this.#facts.complete.get('extended');
  }

  /** How many names begin with what `first_letter` names. */
  lettersOf(key: string): number {
    return this.#letters.complete.sizeOf(key);
  }

  /** The models that pass a filter. */
  select(filter: ModelFilter): Selection {
    const selection = new Selection(this.all);
    if (filter.updateAvailableOnly === true) selection.keep(undefined);
    if (filter.safeContentOnly === true) selection.narrow(this.#facts.complete.get('safe'));
    if (filter.hashes !== undefined && filter.hashes.length > 0) selection.keep(this.#withHashes(filter.hashes));
    else this.#narrow(filter, selection);
    return selection;
  }

  #narrow(filter: ModelFilter, selection: Selection): void {
    if (filter.favoritesOnly === true) selection.narrow(this.#facts.complete.get('favorite'));
    if (filter.folder !== undefined) this.folders.keepIn(filter.folder, selection);
    if (filter.folderInclude !== undefined && filter.folderInclude.paths.length > 0) {
      this.folders.keepInAny(filter.folderInclude, selection);
    }
    if (filter.baseModels !== undefined) keepAny(this.#baseModels, filter.baseModels, selection);
    if (filter.subTypes !== undefined) {
      const wanted = filter.subTypes.map((subType) => subType.trim().toLowerCase());
      keepAny(this.#subTypes, wanted, selection);
    }
    if (filter.tags !== undefined && filter.tags.include.length + filter.tags.exclude.length > 0) {
      const untagged = this.#facts.complete.get('untagged');
      keepTagged({ byTag: this.#tags.complete, untagged }, filter.tags, selection);
    }
    if (filter.autoTags !== undefined) keepAny(this.#autoTags, filter.autoTags.include, selection);
    if (filter.firstLetter !== undefined && filter.firstLetter !== '') {
      selection.keep(this.#letters.complete.get(wantedLetterKey(filter.firstLetter)));
    }
    this.#narrowByLicence(filter, selection);
    if (filter.usage === 'used') selection.narrow(this.#usedModels());
    if (filter.usage === 'unused') selection.drop(this.#usedModels());
    if (filter.names !== undefined) selection.narrow(filter.names);
    for (const label of filter.autoTags?.exclude ?? []) selection.drop(this.#autoTags.complete.get(label));
    if (filter.folderExclude !== undefined && filter.folderExclude.length > 0) {
      this.folders.dropInAny(filter.folderExclude, selection);
    }
    if (filter.search !== undefined && filter.search.text !== '') selection.keep(this.texts.find(filter.search));
  }

  /** The two filters of the wire are terms of the licence, asked for or ruled out; both want a known one. */
  #narrowByLicence({ creditRequired, allowSelling, licence }: ModelFilter, selection: Selection): void {
    const wanted = new Set<LicenceFact>(licence?.include);
    const unwanted = new Set<LicenceFact>(licence?.exclude);
    if (creditRequired !== undefined) (creditRequired ? unwanted : wanted).add('no-credit');
    if (allowSelling !== undefined) (allowSelling ? wanted : unwanted).add('image');
    if (creditRequired === true || allowSelling === false) wanted.add('known');
    for (const fact of wanted) selection.narrow(this.#facts.complete.get(fact));
    for (const fact of unwanted) selection.drop(this.#facts.complete.get(fact));
  }

  #withHashes(hashes: readonly string[]): BitSet {
    const found = new BitSet();
    for (const hash of hashes) for (const { id } of this.#hashes.complete.findByFullHash(hash)) found.add(id);
    return found;
  }
}

/** No wanted values are no restriction, and no look at the index. */
function keepAny(index: LateIndex<ValueIndex>, wanted: readonly string[], selection: Selection): void {
  const [only] = wanted;
  if (only === undefined) return;
  selection.keep(wanted.length === 1 ? index.complete.get(only) : index.complete.anyOf(wanted));
}
