import { folderOf } from '../disk/normalise-path.js';
import type { KnownDigest } from '../ports/digest-records.js';
import type { ModelReader } from '../ports/extension-context.js';
import { noUsage, type UsageCounts } from '../ports/usage-counts.js';
import type { ModelType } from '../model-types/model-type.js';
import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { FileSignature, ModelRoot, ScannedModel } from '../shapes/scan.js';
import { CatalogIndexes } from './catalog-indexes.js';
import { createCatalogRecord, type CatalogRecord, type NameDisplay } from './catalog-record.js';
import type { CountedValue } from './counted-values.js';
import { countLetters } from './first-letter.js';
import type { FolderTree } from './folder-tree.js';
import { inTurns } from './in-turns.js';
import { InternedTexts } from './interned-texts.js';
import { ListingOrders } from './listing-orders.js';
import { ListingQueries, type ModelPage, type ModelQuery } from './listing-queries.js';
import type { ModelFilter } from './model-filter.js';
import { QuietWork } from './quiet-work.js';
import { RelativePaths, type RelativePathSearch } from './relative-paths.js';
import { isSameFile, isSameModel } from './same-model.js';
import {
  duplicateGroups,
  nameConflictsOf,
  suspectedDuplicates,
  type DuplicateGroup,
  type NameConflict,
} from './shared-models.js';
import { SortOrders, type RecordChange } from './sort-orders.js';
import { UsedModels } from './used-models.js';

/** What a catalog is made for. */
export interface ModelCatalogOptions {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  readonly nameDisplay: NameDisplay;
  /** How often models were used; never, when nobody counts. */
  readonly usage?: UsageCounts | undefined;
}

/** A model file whose digest is to be computed. */
export interface PendingDigest {
  readonly path: string;
  readonly file: FileSignature;
  /** Whether nobody states an AutoV3 of it and the file may have one. */
  readonly autov3: boolean;
}

/** A model file that states the digest of another one. */
export interface SuspectDigest extends PendingDigest {
  readonly sameSize: boolean;
}

/**
 * The models of one type in memory. It mirrors the disk and is changed through `upsert`, `remove` and `setDigest` only;
 * each change is one synchronous step, so that no reader sees half of it.
 *
 * Invariant: entries, path map, hash index, counts, folders, filters and sorted orders agree after every change.
 */
export class ModelCatalog implements ModelReader {
  readonly #options: ModelCatalogOptions;
  readonly #texts = new InternedTexts();
  readonly #records: (CatalogRecord | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #at = (id: number): CatalogRecord => {
    const record = this.#records[id];
    if (record === undefined) throw new RangeError(`no model has the id ${String(id)}`);
    return record;
  };
  readonly #indexes: CatalogIndexes;
  readonly #orders = new SortOrders(this.#at);
  readonly #queries: ListingQueries;
  readonly #relativePaths: RelativePaths;
  /** What the first page does not need. */
  readonly #work = new QuietWork(() => this.#settlingAll());
  #version = 0;
  /** Rises when models enter or leave, not when one changes: what a shuffle depends on. */
  #membership = 0;
  #sequence = 0;

  constructor(options: ModelCatalogOptions) {
    const { modelType, roots, usage = noUsage } = options;
    this.#options = options;
    const usageOf = ({ entry }: CatalogRecord): number => usage.countOf(modelType.prefix, entry.sha256);
    const state = () => ({ version: this.#version, membership: this.#membership, usageVersion: usage.version });
    const used = new UsedModels({ records: () => this.records(), usageOf, state });
    this.#indexes = new CatalogIndexes({ roots, at: this.#at, usedModels: () => used.ids() });
    const { filters, groups } = this.#indexes;
    const listingOrders = new ListingOrders({ orders: this.#orders, groups, at: this.#at, usageOf, state });
    this.#queries = new ListingQueries({ filters, groups, orders: listingOrders, at: this.#at });
    this.#relativePaths = new RelativePaths(filters, this.#at);
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#indexes.locations.size;
  }

  /** Enters models, replacing those with the same path; returns how many really changed. */
  upsert(models: readonly ScannedModel[]): number {
    const byPath = new Map(models.map((model) => [model.entry.file_path, model]));
    const { modelType, nameDisplay } = this.#options;
    const changes: RecordChange[] = [];
    for (const [path, model] of byPath) {
      const before = this.#exactly(path);
      if (before !== undefined && isSameModel(before, model)) continue;
      const place = before ?? {
        id: this.#freeIds.pop() ?? this.#records.push(undefined) - 1,
        sequence: this.#sequence++,
      };
      const after = createCatalogRecord(place, model, { modelType, nameDisplay, texts: this.#texts });
      changes.push({ before, after });
    }
    this.#change(changes);
    return changes.length;
  }

  /**
   * Sorts what entered by name, in slices, instead of at the first look: for whoever entered very many. A change meanwhile
   * is no harm, the rest is sorted when somebody looks.
   */
  async settle(): Promise<void> {
    await inTurns(this.#settling());
  }

  /** Resolves when every index holds what entered; answers are the same before. */
  async settleIndexes(): Promise<void> {
    await inTurns(this.#indexes.entering());
  }

  /** Takes models out by path; returns how many were there. */
  remove(paths: Iterable<string>): number {
    if (this.size === 0) return 0;
    const changes: RecordChange[] = [];
    for (const path of new Set(paths)) {
      const before = this.#exactly(path);
      if (before !== undefined) changes.push({ before, after: undefined });
    }
    this.#change(changes);
    return changes.length;
  }

  /** Enters a computed digest, unless the file is no longer the one that it was computed from. */
  setDigest(path: string, file: FileSignature, { sha256, autov3 }: KnownDigest): boolean {
    const record = this.recordOf(path);
    if (record === undefined || !isSameFile(record.file, file)) return false;
    const { entry } = record;
    const known = entry.autov3 === null || entry.autov3 === '' ? (autov3 ?? entry.autov3) : entry.autov3;
    const completed = { ...entry, sha256, autov3: known, hash_status: 'completed' as const };
    return this.upsert([{ ...record, digest: 'computed', entry: completed }]) > 0;
  }

  /** Model files whose digest nobody knows yet. */
  pendingDigests(): readonly PendingDigest[] {
    return Array.from(this.#indexes.pending.ids, this.#at)
      .sort((a, b) => a.sequence - b.sequence)
      .map(toPending);
  }

  /** Model files that state the digest of another one, unproved: computing it shows whether they are duplicates. */
  suspects(): readonly SuspectDigest[] {
    return Array.from(suspectedDuplicates(this.#indexes.hashes), ({ record, sameSize }) => ({
      ...toPending(record),
      sameSize,
    }));
  }

  /** What the scan saw of each model, by path. */
  *stamps(): Iterable<[path: string, stamp: string]> {
    for (const { entry, stamp } of this.records()) yield [entry.file_path, stamp];
  }

  /** By absolute path or by the path of a link that leads to the same file. */
  recordOf(path: string): CatalogRecord | undefined {
    const id = this.#indexes.locations.idOf(path);
    return id === undefined ? undefined : this.#records[id];
  }

  /** The absolute path that a location means: a path, or an address `<root id>:<path below the root>`. */
  pathOf(location: string): string {
    return this.#indexes.locations.pathOf(location);
  }

  /** The address of a path below a root: root id and path below it; undefined outside. */
  addressOf(path: string): { root: string; path: string } | undefined {
    return this.#indexes.locations.addressOf(path, this.recordOf(path)?.root);
  }

  /** The other models of a model's folder and stem: they would share its sidecar. */
  sharingStem({ id, entry }: CatalogRecord): readonly CatalogRecord[] {
    const folder = folderOf(entry.file_path);
    return this.findByStem(entry.file_name).filter(
      (other) => other.id !== id && folderOf(other.entry.file_path) === folder,
    );
  }

  find(location: string): Readonly<CatalogEntry> | undefined {
    return this.recordOf(this.pathOf(location))?.entry;
  }

  findByHash(hash: string): readonly Readonly<CatalogEntry>[] {
    return this.#indexes.hashes.findByHash(hash).map(({ entry }) => entry);
  }

  /** Models whose file name without directory and extension is this one, case-sensitive. */
  findByStem(stem: string): readonly CatalogRecord[] {
    return this.#indexes.hashes.findByStem(stem);
  }

  /** The same in any case. */
  findByStemInAnyCase(stem: string): readonly CatalogRecord[] {
    return this.#indexes.hashes.findByStemInAnyCase(stem);
  }

  *entries(): Iterable<Readonly<CatalogEntry>> {
    for (const record of this.records()) yield record.entry;
  }

  /** Every record, in the order in which models entered. The catalog must not change meanwhile. */
  *records(): Iterable<CatalogRecord> {
    for (const id of this.#orders.of('added').ids) yield this.#at(id);
  }

  /** Tags with their counts, most used first; case-sensitive. */
  rankedTags(): readonly CountedValue[] {
    return this.#indexes.tags.ranked();
  }

  /** Those that contain a text in any case; all for an empty one. */
  searchTags(text: string): readonly CountedValue[] {
    return this.#indexes.tags.search(text);
  }

  /** Base models with their counts, most used first; blanks left out. */
  rankedBaseModels(): readonly CountedValue[] {
    return this.#indexes.baseModels.ranked();
  }

  /** Sub-types in lower case with their counts, most used first. */
  rankedSubTypes(): readonly CountedValue[] {
    return this.#indexes.subTypes.ranked();
  }

  /** Names by first letter; always the same 29 keys (docs/behaviour.md, "First letter"). */
  letterCounts(): Record<string, number> {
    return countLetters((key) => this.#indexes.filters.lettersOf(key));
  }

  /** Distinct folders that directly hold a model, sorted without regard to case. */
  folders(): readonly string[] {
    return this.#indexes.filters.folders.folders();
  }

  /** The folders that hold models and those above them: of one root, or of all roots merged by name. */
  folderTree(rootId?: string): FolderTree {
    return this.#indexes.filters.folders.tree(rootId);
  }

  /**
   * One page of the models that pass a filter.
   *
   * Invariant: concatenating all pages of an unchanged catalog yields every matching model exactly once.
   */
  query(query: ModelQuery): ModelPage {
    return this.#queries.page(query);
  }

  /** All models that pass a filter, by name. */
  select(filter: ModelFilter): readonly CatalogRecord[] {
    return this.#queries.all(filter);
  }

  /** Groups of files with the same computed digest, narrowed by a filter, the likely original first. */
  duplicates(filter: ModelFilter): readonly DuplicateGroup[] {
    const { filters, hashes } = this.#indexes;
    return duplicateGroups(hashes, filters.select(filter).bits);
  }

  /** Groups of models that share their file name. */
  nameConflicts(): readonly NameConflict[] {
    return nameConflictsOf(this.#indexes.hashes);
  }

  /** Paths below their roots that contain all words, best match first. */
  relativePaths(search: RelativePathSearch): readonly string[] {
    return this.#relativePaths.find(search);
  }

  *#settling(): Generator<void> {
    for (const step of this.#orders.of('name').settling()) {
      // The first page needs nothing else.
      this.#work.ask();
      yield step;
    }
  }

  *#settlingAll(): Generator<void> {
    yield* this.#orders.settling();
    yield* this.#indexes.entering();
  }

  #exactly(path: string): CatalogRecord | undefined {
    const id = this.#indexes.locations.idOfPath(path);
    return id === undefined ? undefined : this.#records[id];
  }

  #change(changes: readonly RecordChange[]): void {
    if (changes.length === 0) return;
    this.#orders.change(changes, () => {
      for (const { before, after } of changes) this.#exchange(before, after);
    });
    this.#version++;
    this.#work.ask();
    if (changes.some(({ before, after }) => before === undefined || after === undefined)) this.#membership++;
  }

  #exchange(before: CatalogRecord | undefined, after: CatalogRecord | undefined): void {
    if (after !== undefined) {
      this.#records[after.id] = after;
      if (before === undefined) this.#indexes.add(after);
      else this.#indexes.replace(before, after);
    } else if (before !== undefined) {
      this.#indexes.remove(before);
      this.#records[before.id] = undefined;
      this.#freeIds.push(before.id);
    }
  }
}

function toPending({ entry, file }: CatalogRecord): PendingDigest {
  const autov3 = (entry.autov3 ?? '') === '' && /\.(safetensors|sft)$/i.test(entry.file_path);
  return { path: entry.file_path, file, autov3 };
}
