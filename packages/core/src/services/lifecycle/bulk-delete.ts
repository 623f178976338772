import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { folderOf, joinPath, nameOf, stemOf } from '../../disk/normalise-path.js';
import { ModelshelfError, isModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import type { OpenBatch } from './model-trash.js';

/** How far a bulk delete is. */
export interface BulkDeleteProgress {
  readonly done: number;
  readonly total: number;
  readonly deleted: number;
}

/** What became of one model. */
export type DeletedItem =
  | { readonly file_path: string; readonly success: true; readonly deleted_files: string[] }
  | { readonly file_path: string; readonly success: false; readonly error: string };

/** What a bulk delete did. */
export interface BulkDeleteResult {
  readonly status: 'success' | 'cancelled';
  /** One for each model that was come to, in the order of the request. */
  readonly results: readonly DeletedItem[];
  readonly deleted: number;
  readonly isCacheUpdated: boolean;
  /** Null when nothing is in the trash. */
  readonly batchId: string | null;
}

/** A few at a time: one plan costs several waits for the disk, and what was planned is not cancelled. */
const MODELS_AT_ONCE = 16;

interface BulkDeleteParts {
  readonly mutations: ModelMutations;
  readonly batch: OpenBatch;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress?: ((progress: BulkDeleteProgress) => void) | undefined;
}

/**
 * Deletes many models into one batch of the trash.
 *
 * Invariant: whatever ends it, the catalog tells of exactly those models as gone that are.
 */
export class BulkDelete {
  readonly #parts: BulkDeleteParts;
  readonly #items = new Map<string, DeletedItem>();
  #staged = 0;
  #absent = 0;

  constructor(parts: BulkDeleteParts) {
    this.#parts = parts;
  }

  /** Never rejects for a single model: its item says what went wrong. */
  async run(locations: readonly string[]): Promise<BulkDeleteResult> {
    const { signal, batch, onProgress } = this.#parts;
    const wanted = this.#resolve(locations);
    for (const group of inGroups([...wanted.values()].flatMap((record) => record ?? []))) {
      if (isAborted(signal) || !(await this.#delete(group))) break;
      onProgress?.({ done: this.#items.size, total: wanted.size, deleted: this.#staged });
    }
    const isWhole = this.#items.size === wanted.size;
    return {
      status: isWhole ? 'success' : 'cancelled',
      results: [...wanted.keys()].flatMap((path) => this.#items.get(path) ?? []),
      deleted: this.#staged,
      isCacheUpdated: this.#staged + this.#absent > 0,
      batchId: this.#staged > 0 ? batch.id : null,
    };
  }

  /** Throws for a path that names nothing below a root, before anything is touched. */
  #resolve(locations: readonly string[]): Map<string, CatalogRecord | undefined> {
    const wanted = new Map<string, CatalogRecord | undefined>();
    for (const location of locations) {
      try {
        const record = this.#parts.mutations.require(location);
        wanted.set(record.entry.file_path, record);
      } catch (error) {
        if (!isModelshelfError(error) || error.code !== 'not_found') throw error;
        wanted.set(location, undefined);
        this.#items.set(location, { file_path: location, success: false, error: error.message });
      }
    }
    return wanted;
  }

  /** False when it was cancelled: then none of these models is gone. */
  async #delete(records: readonly CatalogRecord[]): Promise<boolean> {
    const { mutations, batch, signal } = this.#parts;
    const paths = records.map(({ entry }) => entry.file_path);
    try {
      await mutations.whileLocked(paths, async () => {
        const current = paths.flatMap((path) => mutations.rowOf(path) ?? []);
        const { staged, absent } = await batch.putAway(current, { signal });
        this.#staged += staged.length;
        this.#absent += absent.length;
        const gone = new Set(staged);
        for (const path of paths) this.#items.set(path, gone.has(path) ? deleted(path) : failed(path, NOTHING));
      });
      return true;
    } catch (error) {
      if (isAborted(signal) && isModelshelfError(error) && error.code === 'cancelled') return false;
      const groups = [...byStem(records)];
      if (groups.length > 1) {
        // One bad model is no reason to keep the others.
        for (const group of groups) if (isAborted(signal) || !(await this.#delete(group))) return false;
        return true;
      }
      this.#parts.logger.warn('Models could not be deleted.', { paths, error });
      const message = isModelshelfError(error) ? error.message : 'The files could not be moved to the trash.';
      for (const path of paths) this.#items.set(path, failed(path, message));
      return true;
    }
  }
}

const NOTHING = 'No files deleted';

const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const deleted = (path: string): DeletedItem => ({ file_path: path, success: true, deleted_files: [path] });
const failed = (path: string, error: string): DeletedItem => ({ file_path: path, success: false, error });

/** Models of one folder and stem. */
function byStem(records: readonly CatalogRecord[]): Iterable<CatalogRecord[]> {
  const groups = new Map<string, CatalogRecord[]>();
  for (const record of records) {
    const { file_path: path } = record.entry;
    const stem = joinPath(folderOf(path), stemOf(nameOf(path)));
    const group = groups.get(stem);
    if (group === undefined) groups.set(stem, [record]);
    else group.push(record);
  }
  return groups.values();
}

/** Groups to be deleted at once. Models that share a stem are never parted: what lies beside them goes with the last. */
function* inGroups(records: readonly CatalogRecord[]): Iterable<readonly CatalogRecord[]> {
  let group: CatalogRecord[] = [];
  for (const same of byStem(records)) {
    group.push(...same);
    if (group.length < MODELS_AT_ONCE) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** What a request for nothing is answered. */
export function requireSome(locations: readonly string[]): void {
  if (locations.length === 0) throw new ModelshelfError('validation_failed', 'No file paths provided for deletion');
}
