import { folderOf, isWithin, joinPath, relativeTo, toForwardSlashes } from '../disk/normalise-path.js';
import type { ModelReader } from '../ports/extension-context.js';
import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { FileSignature, ModelRoot, ScannedModel } from '../shapes/scan.js';
import { createCatalogRecord, type CatalogRecord, type NameDisplay } from './catalog-record.js';
import { CountedValues, type CountedValue } from './counted-values.js';
import { HashIndex } from './hash-index.js';
import { comparisons, type ModelSort } from './model-sort.js';
import { predicatesOf, type ModelFilter } from './model-filter.js';
import { shuffledOrder } from './shuffled-order.js';
import { SortedOrder } from './sorted-order.js';

/** One page of a query, with the number of all models that match. */
export interface ModelPage {
  readonly records: readonly CatalogRecord[];
  readonly total: number;
}

/** A query as the engine takes it: `page` from 1. */
export interface ModelQuery {
  readonly filter: ModelFilter;
  readonly sort: ModelSort;
  readonly page: number;
  readonly pageSize: number;
}

const SHUFFLES_KEPT = 4;

/**
 * The models of one type in memory. It mirrors the disk and is changed through `upsert`, `remove`, `setDigest` and
 * `setExcluded` only; each change is one synchronous step, so that no reader sees half of it.
 *
 * Invariant: entries, path map, hash index, counts, folders and sorted orders agree after every change.
 */
export class ModelCatalog implements ModelReader {
  readonly #nameDisplay: NameDisplay;
  readonly #roots: readonly ModelRoot[];
  readonly #records: (CatalogRecord | undefined)[] = [];
  readonly #freeIds: number[] = [];
  readonly #idByPath = new Map<string, number>();
  readonly #idByAlias = new Map<string, number>();
  readonly #hashes = new HashIndex();
  readonly #tags = new CountedValues();
  readonly #baseModels = new CountedValues();
  readonly #folders = new CountedValues();
  readonly #orders: Record<'name' | 'date' | 'size', SortedOrder>;
  readonly #shuffles = new Map<string, { membership: number; ids: Uint32Array }>();
  #excluded: ReadonlySet<string> = new Set();
  #sortedFolders: { version: number; folders: readonly string[] } | undefined;
  #version = 0;
  /** Rises when models enter or leave, not when one changes: what a shuffle depends on. */
  #membership = 0;

  constructor(roots: readonly ModelRoot[], nameDisplay: NameDisplay) {
    this.#roots = roots;
    this.#nameDisplay = nameDisplay;
    const order = (compare: (a: CatalogRecord, b: CatalogRecord) => number): SortedOrder =>
      new SortedOrder((a, b) => compare(this.#at(a), this.#at(b)));
    this.#orders = { name: order(comparisons.name), date: order(comparisons.date), size: order(comparisons.size) };
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#idByPath.size;
  }

  /** Enters models, replacing those with the same path; returns how many really changed. */
  upsert(models: readonly ScannedModel[]): number {
    const moved = new Set<number>();
    const entered = new Set<number>();
    let changed = 0;
    for (const model of models) {
      const known = this.#idByPath.get(model.entry.file_path);
      const before = known === undefined ? undefined : this.#records[known];
      if (before !== undefined && isSameModel(before, model)) continue;
      const id = before?.id ?? this.#freeIds.pop() ?? this.#records.length;
      const record = createCatalogRecord(id, model, this.#nameDisplay);
      if (before === undefined) this.#link(record);
      else this.#replace(before, record);
      changed++;
      if (before !== undefined && hasSamePlace(before, record)) continue;
      if (before !== undefined) moved.add(id);
      entered.add(id);
    }
    this.#reorder(moved, [...entered]);
    if (changed > 0) this.#version++;
    if (entered.size > moved.size) this.#membership++;
    return changed;
  }

  /** Takes models out by path; returns how many were there. */
  remove(paths: Iterable<string>): number {
    const removed = new Set<number>();
    for (const path of paths) {
      const id = this.#idByPath.get(path);
      const record = id === undefined ? undefined : this.#records[id];
      if (record === undefined) continue;
      this.#unlink(record);
      removed.add(record.id);
    }
    this.#reorder(removed, []);
    if (removed.size > 0) this.#version++;
    if (removed.size > 0) this.#membership++;
    for (const id of removed) {
      this.#records[id] = undefined;
      this.#freeIds.push(id);
    }
    return removed.size;
  }

  /** Model files whose digest nobody knows yet. */
  pendingDigests(): { path: string; file: FileSignature }[] {
    const pending: { path: string; file: FileSignature }[] = [];
    for (const { entry, file } of this.records()) {
      if (entry.sha256 === '') pending.push({ path: entry.file_path, file });
    }
    return pending;
  }

  /** Enters a computed digest, unless the file is no longer the one that it was computed from. */
  setDigest(path: string, file: FileSignature, sha256: string): boolean {
    const record = this.recordOf(path);
    if (record === undefined || !isSameFile(record.file, file)) return false;
    return this.upsert([{ ...record, entry: { ...record.entry, sha256, hash_status: 'completed' } }]) > 0;
  }

  /** Paths of models that are left out of listings by their own sidecar. */
  get excluded(): ReadonlySet<string> {
    return this.#excluded;
  }

  /** Remembers which models are left out of listings by their own sidecar. */
  setExcluded(paths: Iterable<string>): void {
    this.#excluded = new Set(paths);
  }

  /** By absolute path or by the path of a link that leads to the same file. */
  recordOf(path: string): CatalogRecord | undefined {
    const id = this.#idByPath.get(path) ?? this.#idByAlias.get(path);
    return id === undefined ? undefined : this.#records[id];
  }

  /** The absolute path that a location means: a path, or an address `<root id>:<path below the root>`. */
  pathOf(location: string): string {
    const path = toForwardSlashes(location);
    if (this.recordOf(path) !== undefined) return path;
    const root = this.#roots.find(({ id }) => path.startsWith(`${id}:`));
    return root === undefined ? path : joinPath(root.path, path.slice(root.id.length + 1));
  }

  /** The address of a path below a root: root id and path below it; undefined outside. */
  addressOf(path: string): { root: string; path: string } | undefined {
    const id = this.recordOf(path)?.root;
    const [root] = this.#roots
      .filter((each) => (id === undefined ? isWithin(each.path, path) : each.id === id))
      .sort((a, b) => b.path.length - a.path.length);
    return root && { root: root.id, path: relativeTo(root.path, path) };
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
    return [...this.#hashes.findByHash(hash)].map((id) => this.#at(id).entry);
  }

  /** Models whose file name without directory and extension is this one, case-sensitive. */
  findByStem(stem: string): readonly CatalogRecord[] {
    return [...this.#hashes.findByStem(stem)].map((id) => this.#at(id));
  }

  *entries(): Iterable<Readonly<CatalogEntry>> {
    for (const record of this.records()) yield record.entry;
  }

  /** Every record, in the order in which models entered. */
  *records(): Iterable<CatalogRecord> {
    for (const id of this.#idByPath.values()) yield this.#at(id);
  }

  /** Whether a model is left out of listings by its own sidecar. */
  isExcluded(path: string): boolean {
    return this.#excluded.has(path);
  }

  /** Tags with their counts, most used first; case-sensitive. */
  rankedTags(): readonly CountedValue[] {
    return this.#tags.ranked();
  }

  /** Base models with their counts, most used first; blanks left out. */
  rankedBaseModels(): readonly CountedValue[] {
    return this.#baseModels.ranked();
  }

  /** Distinct folders that directly hold a model, sorted without regard to case. */
  folders(): readonly string[] {
    if (this.#sortedFolders?.version !== this.#version) {
      const keyed = this.#folders.ranked().map(({ value }) => ({ value, key: value.toLowerCase() }));
      keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.value < b.value ? -1 : 1));
      this.#sortedFolders = { version: this.#version, folders: keyed.map(({ value }) => value) };
    }
    return this.#sortedFolders.folders;
  }

  /**
   * One page of the models that pass a filter.
   *
   * Invariant: concatenating all pages of an unchanged catalog yields every matching model exactly once.
   */
  query({ filter, sort, page, pageSize }: ModelQuery): ModelPage {
    const ids = this.#orderOf(sort);
    const start = (page - 1) * pageSize;
    const predicates = predicatesOf(filter);
    const records: CatalogRecord[] = [];
    const last = ids.length - 1;
    const at = (position: number): CatalogRecord => this.#at(ids[sort.descending ? last - position : position] ?? 0);
    if (predicates.length === 0) {
      for (let i = start; i < Math.min(start + pageSize, ids.length); i++) records.push(at(i));
      return { records, total: ids.length };
    }
    let total = 0;
    for (let i = 0; i < ids.length; i++) {
      const record = at(i);
      if (!predicates.every((passes) => passes(record))) continue;
      if (total >= start && records.length < pageSize) records.push(record);
      total++;
    }
    return { records, total };
  }

  #orderOf({ key, seed }: ModelSort): Uint32Array {
    if (key === 'added') return Uint32Array.from(this.#idByPath.values());
    if (key !== 'random') return this.#orders[key].ids;
    const kept = this.#shuffles.get(seed);
    if (kept?.membership === this.#membership) return kept.ids;
    const ids = shuffledOrder(this.#orders.name.ids, (id) => this.#at(id).entry.file_path, seed);
    this.#shuffles.delete(seed);
    this.#shuffles.set(seed, { membership: this.#membership, ids });
    for (const oldest of this.#shuffles.keys()) {
      if (this.#shuffles.size <= SHUFFLES_KEPT) break;
      this.#shuffles.delete(oldest);
    }
    return ids;
  }

  #at(id: number): CatalogRecord {
    const record = this.#records[id];
    if (record === undefined) throw new RangeError(`no model has the id ${String(id)}`);
    return record;
  }

  #reorder(removed: ReadonlySet<number>, entered: readonly number[]): void {
    if (removed.size === 0 && entered.length === 0) return;
    for (const order of Object.values(this.#orders)) order.change(removed, entered);
  }

  #link(record: CatalogRecord): void {
    this.#records[record.id] = record;
    this.#idByPath.set(record.entry.file_path, record.id);
    this.#addAliases(record);
    this.#hashes.add(record);
    this.#count(record);
  }

  /** Exchanges the record of a path; whatever both have keeps its place, so that "first" stays the same model. */
  #replace(before: CatalogRecord, after: CatalogRecord): void {
    this.#records[after.id] = after;
    this.#removeAliases(before);
    this.#addAliases(after);
    this.#hashes.replace(before, after);
    this.#count(after);
    this.#discount(before);
  }

  #unlink(record: CatalogRecord): void {
    this.#idByPath.delete(record.entry.file_path);
    this.#removeAliases(record);
    this.#hashes.remove(record);
    this.#discount(record);
  }

  #addAliases({ aliases, id }: CatalogRecord): void {
    for (const alias of aliases) this.#idByAlias.set(alias, id);
  }

  /** A link that was pointed elsewhere may be another model's by now. */
  #removeAliases({ aliases, id }: CatalogRecord): void {
    for (const alias of aliases) if (this.#idByAlias.get(alias) === id) this.#idByAlias.delete(alias);
  }

  #count({ entry }: CatalogRecord): void {
    for (const tag of entry.tags) this.#tags.add(tag);
    if (entry.base_model.trim() !== '') this.#baseModels.add(entry.base_model);
    this.#folders.add(entry.folder);
  }

  #discount({ entry }: CatalogRecord): void {
    for (const tag of entry.tags) this.#tags.remove(tag);
    if (entry.base_model.trim() !== '') this.#baseModels.remove(entry.base_model);
    this.#folders.remove(entry.folder);
  }
}

function isSameFile(a: FileSignature | null, b: FileSignature | null): boolean {
  return a?.size === b?.size && a?.mtimeMs === b?.mtimeMs && a?.ino === b?.ino;
}

/** Whether every sorted order has the new record where it had the one before. */
function hasSamePlace(before: CatalogRecord, after: CatalogRecord): boolean {
  return Object.values(comparisons).every((compare) => compare(before, after) === 0);
}

function isSameModel(record: CatalogRecord, model: ScannedModel): boolean {
  return (
    record.root === model.root &&
    isSameFile(record.file, model.file) &&
    isSameFile(record.sidecar, model.sidecar) &&
    record.aliases.length === model.aliases.length &&
    record.aliases.every((alias, index) => alias === model.aliases[index]) &&
    JSON.stringify(record.entry) === JSON.stringify(model.entry)
  );
}
