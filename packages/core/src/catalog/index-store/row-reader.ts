import { joinPath, stemOf } from '../../disk/normalise-path.js';
import type { IndexScope } from '../../ports/index-store.js';
import { catalogEntrySchema, type CatalogEntry, type SlimCivitai } from '../../shapes/catalog-entry.js';
import { metadataOriginSchema, type FileSignature, type ScannedModel } from '../../shapes/scan.js';
import { besideOf, COLUMN, FLAGS, folderBelow } from './row-columns.js';

const HASH_STATES = catalogEntrySchema.shape.hash_status.options;
const ORIGINS = metadataOriginSchema.options;
/** More words than this in one lost stretch is a broken number. */
const MOST_LOST = 1_000_000;
const DIGESTS = ['computed', 'stated', 'none'] as const;

/** A row that could be used. */
export interface ReadRow {
  readonly model: ScannedModel;
  /** Some columns were of the wrong type and got their defaults. */
  readonly repaired: boolean;
}

/**
 * Reads rows: each column is checked by hand, because a schema would take longer than everything else together.
 *
 * Invariant: a column of the wrong type gets its default and takes the stamp away, so that the next scan reads the model
 * again; a row without a usable path is no row.
 */
export class RowReader {
  readonly #roots: IndexScope['roots'];
  #words: unknown[] = [];
  #row: readonly unknown[] = [];
  #repaired = false;
  /** Rows of one folder follow one another: they share one text. */
  #last: { readonly root: string; readonly path: string | undefined; readonly folder: string } | undefined;

  constructor({ roots }: IndexScope) {
    this.#roots = roots;
  }

  /** Takes a line of words; false for any other value. */
  readWords(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !('from' in value) || !('words' in value)) return false;
    const { from, words } = value;
    // Where a line of words was lost, its numbers lead nowhere instead of to other words.
    if (typeof from !== 'number' || !Array.isArray(words) || !(from >= this.#words.length)) return false;
    if (from - this.#words.length > MOST_LOST) return false;
    while (this.#words.length < from) this.#words.push(undefined);
    for (const word of words) this.#words.push(word);
    return true;
  }

  /** The path of a row, as far as it can be read. */
  pathOf(value: unknown): string | undefined {
    if (!Array.isArray(value)) return undefined;
    const row: readonly unknown[] = value;
    const name = row[COLUMN.name];
    if (typeof name !== 'string') return undefined;
    const written = row[COLUMN.folder_path];
    const folderPath = this.#wordOf(written);
    if (folderPath === undefined && written !== null) return undefined;
    const path = folderPath === undefined ? name : joinPath(folderPath, name);
    return path.trim() === '' ? undefined : path;
  }

  /**
   * Undefined for a value that is no row.
   *
   * @param path What `pathOf` says of it: building it is a good part of reading a row.
   */
  read(value: unknown, path: string): ReadRow | undefined {
    if (!Array.isArray(value)) return undefined;
    this.#row = value;
    this.#repaired = false;
    const root = this.#root();
    if (root === undefined) return undefined;
    const name = this.#text(COLUMN.name, '');
    const folderPath = this.#wordOf(this.#row[COLUMN.folder_path]);
    const stem = stemOf(name);
    const file = {
      size: this.#number(COLUMN.file_size, 0),
      mtimeMs: this.#number(COLUMN.file_mtime, 0),
      ino: this.#number(COLUMN.file_ino, 0),
    };
    const flags = this.#number(COLUMN.flags, 0);
    const entry: CatalogEntry = {
      file_path: path,
      file_name: this.#text(COLUMN.file_name, stem),
      model_name: this.#text(COLUMN.model_name, stem),
      folder: this.#text(COLUMN.folder, this.#folder(root.path, folderPath)),
      size: this.#number(COLUMN.size, file.size),
      modified: this.#number(COLUMN.modified, file.mtimeMs / 1000),
      sha256: this.#text(COLUMN.sha256, ''),
      autov3: this.#text(COLUMN.autov3, null),
      base_model: this.#word(COLUMN.base_model, ''),
      preview_url: this.#preview(folderPath, stem),
      preview_nsfw_level: this.#number(COLUMN.preview_nsfw_level, 0),
      from_civitai: flag(flags, 0),
      favorite: flag(flags, 1),
      exclude: flag(flags, 2),
      db_checked: flag(flags, 3),
      civitai_deleted: flag(flags, 4),
      skip_metadata_refresh: flag(flags, 5),
      notes: this.#text(COLUMN.notes, ''),
      usage_tips: this.#word(COLUMN.usage_tips, ''),
      metadata_source: this.#word(COLUMN.metadata_source, null),
      last_checked_at: this.#number(COLUMN.last_checked_at, 0),
      tags: this.#list(COLUMN.tags),
      civitai: this.#civitai(),
      hf_url: this.#text(COLUMN.hf_url, ''),
      license_flags: this.#number(COLUMN.license_flags, null),
      hash_status: this.#oneOf(COLUMN.hash_status, HASH_STATES, 'completed'),
    };
    const subType = this.#word(COLUMN.sub_type, undefined);
    if (subType !== undefined) entry.sub_type = subType;
    const model = {
      root: root.id,
      entry,
      file,
      sidecar: this.#sidecar(),
      origin: this.#oneOf(COLUMN.origin, ORIGINS, 'sidecar'),
      digest: this.#oneOf(COLUMN.digest, DIGESTS, 'stated'),
      stamp: this.#text(COLUMN.stamp, ''),
      aliases: this.#list(COLUMN.aliases),
    };
    return this.#repaired ? { model: mended(model), repaired: true } : { model, repaired: false };
  }

  #root(): { readonly id: string; readonly path: string } | undefined {
    const written = this.#row[COLUMN.root] ?? 0;
    if (typeof written === 'string') return { id: written, path: '' };
    return typeof written === 'number' ? this.#roots[written] : undefined;
  }

  #folder(root: string, path: string | undefined): string {
    if (this.#last?.path !== path || this.#last?.root !== root) {
      this.#last = { root, path, folder: folderBelow(root, path) };
    }
    return this.#last.folder;
  }

  #text<T>(column: number, fallback: T): string | T {
    const value = this.#row[column];
    return typeof value === 'string' ? value : this.#fallBack(value, fallback);
  }

  #number<T>(column: number, fallback: T): number | T {
    const value = this.#row[column];
    return typeof value === 'number' && Number.isFinite(value) ? value : this.#fallBack(value, fallback);
  }

  #word<T>(column: number, fallback: T): string | T {
    const value = this.#row[column];
    return this.#wordOf(value) ?? this.#fallBack(value, fallback);
  }

  #oneOf<T extends string>(column: number, known: readonly T[], fallback: T): T {
    const value = this.#row[column];
    if (value === null || value === undefined) return fallback;
    return known.find((each) => each === value) ?? this.#fallBack(value, fallback);
  }

  #list(column: number): string[] {
    const value = this.#row[column];
    return Array.isArray(value) ? this.#listOf(value) : this.#fallBack(value, []);
  }

  /** An array of just this length: one that grows by pushing keeps room for sixteen more. */
  #listOf(values: readonly unknown[]): string[] {
    const list = values.map((value) => this.#wordOf(value) ?? '');
    if (list.every((text, at) => text !== '' || this.#wordOf(values[at]) === '')) return list;
    this.#repaired = true;
    return values.flatMap((value) => this.#wordOf(value) ?? []);
  }

  #wordOf(value: unknown): string | undefined {
    const text = typeof value === 'number' ? this.#words[value] : value;
    return typeof text === 'string' ? text : undefined;
  }

  /** What was not written is its default; what was written and is of another type is a repair. */
  #fallBack<T>(value: unknown, fallback: T): T {
    if (value !== null && value !== undefined) this.#repaired = true;
    return fallback;
  }

  #preview(folderPath: string | undefined, stem: string): string {
    const ending = this.#word(COLUMN.preview_ending, undefined);
    return ending === undefined ? this.#text(COLUMN.preview_url, '') : besideOf(folderPath, stem) + ending;
  }

  #sidecar(): FileSignature | null {
    const size = this.#number(COLUMN.sidecar_size, null);
    const mtimeMs = this.#number(COLUMN.sidecar_mtime, null);
    const ino = this.#number(COLUMN.sidecar_ino, null);
    return size === null || mtimeMs === null || ino === null ? null : { size, mtimeMs, ino };
  }

  #civitai(): SlimCivitai | null {
    const value = this.#row[COLUMN.civitai];
    if (!Array.isArray(value)) return this.#fallBack(value, null);
    const outer = this.#row;
    this.#row = value;
    const id = this.#number(0, undefined);
    const modelId = this.#number(1, undefined);
    const name = this.#word(2, undefined);
    const username = this.#word(3, undefined);
    const trainedWords = value[4] === null || value[4] === undefined ? undefined : this.#list(4);
    const type = this.#word(5, undefined);
    this.#row = outer;
    return slimCivitai({ id, modelId, name, username, trainedWords, type });
  }
}

interface CivitaiParts {
  readonly id: number | undefined;
  readonly modelId: number | undefined;
  readonly name: string | undefined;
  readonly username: string | undefined;
  readonly trainedWords: string[] | undefined;
  readonly type: string | undefined;
}

/** Most have every member: an object that is made with all of them takes less than one that grows. */
function slimCivitai({ id, modelId, name, username, trainedWords, type }: CivitaiParts): SlimCivitai {
  if (id !== undefined && modelId !== undefined && name !== undefined && username !== undefined) {
    if (trainedWords !== undefined && type !== undefined) {
      return { id, modelId, name, creator: { username }, trainedWords, model: { type } };
    }
  }
  const civitai: SlimCivitai = {};
  if (id !== undefined) civitai.id = id;
  if (modelId !== undefined) civitai.modelId = modelId;
  if (name !== undefined) civitai.name = name;
  if (username !== undefined) civitai.creator = { username };
  if (trainedWords !== undefined) civitai.trainedWords = trainedWords;
  if (type !== undefined) civitai.model = { type };
  return civitai;
}

function flag(bits: number, at: number): boolean {
  return (((bits >> at) & 1) === 1) !== (FLAGS[at]?.[1] ?? false);
}

/** Without a stamp, and without the claim of a digest that is no longer there. */
function mended(model: ScannedModel): ScannedModel {
  if (model.entry.sha256 !== '') return { ...model, stamp: '' };
  return { ...model, entry: { ...model.entry, hash_status: 'pending' }, digest: 'none', stamp: '' };
}
