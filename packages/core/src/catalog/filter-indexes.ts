import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { firstLetterKeysOf, wantedLetterKey } from './first-letter.js';
import { FolderIndex } from './folder-index.js';
import type { HashIndex } from './hash-index.js';
import type { LicenceFact } from './licence-terms.js';
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
export class FilterIndexes {
  readonly all = new PostingList();
  readonly folders = new FolderIndex();
  readonly #facts = new RecordFacts();
  readonly #baseModels = new ValueIndex(({ entry }) => [entry.base_model]);
  readonly #subTypes = new ValueIndex(({ subType }) => [subType]);
  readonly #tags = new ValueIndex(({ tagTexts }) => tagTexts);
  readonly #autoTags = new ValueIndex(({ autoTags }) => autoTags);
  readonly #creators = new ValueIndex(({ creatorText }) => (creatorText === '' ? [] : [creatorText]));
  readonly #letters = new ValueIndex(({ entry }) => firstLetterKeysOf(entry.model_name));
  readonly texts: TextSearch;
  readonly #hashes: HashIndex;
  readonly #usedModels: UsedModelIds;
  readonly #byValue = [
    this.folders,
    this.#facts,
    this.#baseModels,
    this.#subTypes,
    this.#tags,
    this.#autoTags,
    this.#creators,
    this.#letters,
  ];

  constructor(hashes: HashIndex, usedModels: UsedModelIds, at: (id: number) => CatalogRecord) {
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
    this.texts.delete(record);
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    for (const index of this.#byValue) index.replace(before, after);
    this.texts.replace(before, after);
  }

  /** Models whose searched path does not end in their file name. */
  get extended(): BitSet {
    return this.#facts.get('extended');
  }

  /** How many names begin with what `first_letter` names. */
  lettersOf(key: string): number {
    return this.#letters.sizeOf(key);
  }

  /** The models that pass a filter. */
  select(filter: ModelFilter): Selection {
    const selection = new Selection(this.all);
    if (filter.updateAvailableOnly === true) selection.keep(undefined);
    if (filter.safeContentOnly === true) selection.narrow(this.#facts.get('safe'));
    if (filter.hashes !== undefined && filter.hashes.length > 0) selection.keep(this.#withHashes(filter.hashes));
    else this.#narrow(filter, selection);
    return selection;
  }

  #narrow(filter: ModelFilter, selection: Selection): void {
    if (filter.favoritesOnly === true) selection.narrow(this.#facts.get('favorite'));
    if (filter.folder !== undefined) this.folders.keepIn(filter.folder, selection);
    if (filter.folderInclude !== undefined) this.folders.keepInAny(filter.folderInclude, selection);
    if (filter.baseModels !== undefined) keepAny(this.#baseModels, filter.baseModels, selection);
    if (filter.subTypes !== undefined) {
      const wanted = filter.subTypes.map((subType) => subType.trim().toLowerCase());
      keepAny(this.#subTypes, wanted, selection);
    }
    if (filter.tags !== undefined) {
      keepTagged({ byTag: this.#tags, untagged: this.#facts.get('untagged') }, filter.tags, selection);
    }
    if (filter.autoTags !== undefined) keepAny(this.#autoTags, filter.autoTags.include, selection);
    if (filter.firstLetter !== undefined && filter.firstLetter !== '') {
      selection.keep(this.#letters.get(wantedLetterKey(filter.firstLetter)));
    }
    this.#narrowByLicence(filter, selection);
    if (filter.usage === 'used') selection.narrow(this.#usedModels());
    if (filter.usage === 'unused') selection.drop(this.#usedModels());
    if (filter.names !== undefined) selection.narrow(filter.names);
    for (const label of filter.autoTags?.exclude ?? []) selection.drop(this.#autoTags.get(label));
    if (filter.folderExclude !== undefined) this.folders.dropInAny(filter.folderExclude, selection);
    if (filter.search !== undefined && filter.search.text !== '') selection.keep(this.texts.find(filter.search));
  }

  /** The two filters of the wire are terms of the licence, asked for or ruled out; both want a known one. */
  #narrowByLicence({ creditRequired, allowSelling, licence }: ModelFilter, selection: Selection): void {
    const wanted = new Set<LicenceFact>(licence?.include);
    const unwanted = new Set<LicenceFact>(licence?.exclude);
    if (creditRequired !== undefined) (creditRequired ? unwanted : wanted).add('no-credit');
    if (allowSelling !== undefined) (allowSelling ? wanted : unwanted).add('image');
    if (creditRequired === true || allowSelling === false) wanted.add('known');
    for (const fact of wanted) selection.narrow(this.#facts.get(fact));
    for (const fact of unwanted) selection.drop(this.#facts.get(fact));
  }

  #withHashes(hashes: readonly string[]): BitSet {
    const found = new BitSet();
    for (const hash of hashes) for (const { id } of this.#hashes.findByFullHash(hash)) found.add(id);
    return found;
  }
}

/** No wanted values are no restriction. */
function keepAny(index: ValueIndex, wanted: readonly string[], selection: Selection): void {
  const [only] = wanted;
  if (only === undefined) return;
  selection.keep(wanted.length === 1 ? index.get(only) : index.anyOf(wanted));
}
