import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { ModelCatalog } from '../../catalog/model-catalog.js';
import type { ModelFilter } from '../../catalog/model-filter.js';
import { inSlices } from '../../catalog/moves/in-slices.js';
import { folderOf } from '../../disk/normalise-path.js';
import { saysTheSame } from '../../disk/raw-sidecar-merge.js';
import { isModelshelfError, ModelshelfError } from '../../errors.js';
import { silentLogger, type Logger } from '../../ports/logger.js';
import type { JsonObject } from '../../shapes/json.js';
import { tagsIn, textsOf } from '../../shapes/tags.js';
import type { ModelMutations } from '../model-mutations.js';
import { bulkChanged, bulkEditReport, type BulkChange, type BulkEditReport, type BulkEditResult } from './bulk-edit.js';
import type { SidecarEditor } from './sidecar-editor.js';

interface BulkEditParts {
  readonly mutations: Pick<ModelMutations, 'require' | 'whileLocked' | 'commit' | 'rowOf'>;
  readonly editor: Pick<SidecarEditor, 'edit' | 'draft'>;
  /** The listed models. */
  readonly catalog: Pick<ModelCatalog, 'select'>;
  readonly logger?: Logger | undefined;
}

/** Which models a bulk edit is for; with both, those that are named and pass the filter. */
export interface BulkSelection {
  /** Absolute paths or addresses; an empty list means no model. */
  readonly locations?: readonly string[] | undefined;
  readonly filter?: ModelFilter | undefined;
}

interface BulkOptions {
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** How many models are locked, written and entered together. */
const BATCH = 64;
/** How many of them at the same time: most of the time is spent waiting for the disk. */
const AT_ONCE = 8;

/**
 * Edits tags and base models of many models.
 *
 * Invariant: every model has its own result; one that fails, and the end of the caller's patience, leave the others as
 * they are told.
 */
export class BulkEditService {
  readonly #parts: BulkEditParts;
  readonly #running = new Set<AbortController>();

  constructor(parts: BulkEditParts) {
    this.#parts = parts;
  }

  async edit(selection: BulkSelection, change: BulkChange, options: BulkOptions): Promise<BulkEditReport> {
    const cancelling = new AbortController();
    this.#running.add(cancelling);
    try {
      return await this.#edit(selection, change, {
        ...options,
        signal: AbortSignal.any([options.signal, cancelling.signal]),
      });
    } finally {
      this.#running.delete(cancelling);
    }
  }

  /** Ends the edits of this moment and no later ones; what was edited stays. */
  cancel(): void {
    for (const cancelling of this.#running) cancelling.abort();
  }

  async #edit(selection: BulkSelection, change: BulkChange, options: BulkOptions): Promise<BulkEditReport> {
    const results = await this.#select(selection);
    for (const batch of await this.#batches(results)) {
      const run = new BulkRun(this.#parts, batch, change, options.signal);
      for (const result of options.dryRun ? await run.plan() : await run.apply()) results.set(result.file_path, result);
    }
    return bulkEditReport([...results.values()].filter((result) => result !== undefined));
  }

  /** The models by path, as they were asked for; what cannot be edited has its result already. */
  async #select({ locations, filter }: BulkSelection): Promise<Map<string, BulkEditResult | undefined>> {
    const { catalog, mutations } = this.#parts;
    const passing = filter === undefined ? undefined : new Set(catalog.select(filter).map(pathOf));
    const results = new Map<string, BulkEditResult | undefined>();
    if (locations === undefined) for (const path of passing ?? []) results.set(path, undefined);
    for await (const slice of inSlices(locations ?? [])) {
      for (const location of slice) {
        try {
          const path = pathOf(mutations.require(location));
          if (passing === undefined || passing.has(path)) results.set(path, undefined);
        } catch (error) {
          results.set(location, failed(location, undefined, error));
        }
      }
    }
    return results;
  }

  /**
   * Models of one folder together: it is listed once for all of them. No batch has two roots: another program may be
   * using one of them.
   */
  async #batches(results: ReadonlyMap<string, BulkEditResult | undefined>): Promise<string[][]> {
    const byRoot = new Map<string, Map<string, string[]>>();
    for await (const slice of inSlices([...results])) {
      for (const [path, result] of slice) {
        if (result !== undefined) continue;
        const root = this.#parts.mutations.rowOf(path)?.root ?? '';
        const byFolder = byRoot.get(root) ?? new Map<string, string[]>();
        byRoot.set(root, byFolder);
        const same = byFolder.get(folderOf(path));
        if (same === undefined) byFolder.set(folderOf(path), [path]);
        else same.push(path);
      }
    }
    return [...byRoot.values()].flatMap((byFolder) => chunksOf([...byFolder.values()].flat()));
  }
}

function chunksOf(paths: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < paths.length; at += BATCH) chunks.push(paths.slice(at, at + BATCH));
  return chunks;
}

const pathOf = ({ entry }: CatalogRecord): string => entry.file_path;

/** Some models of one root. */
class BulkRun {
  readonly #parts: BulkEditParts;
  readonly #paths: readonly string[];
  readonly #change: BulkChange;
  readonly #signal: AbortSignal;
  readonly #results = new Map<string, BulkEditResult>();

  constructor(parts: BulkEditParts, paths: readonly string[], change: BulkChange, signal: AbortSignal) {
    this.#parts = parts;
    this.#paths = paths;
    this.#change = change;
    this.#signal = signal;
  }

  /** What would become of them; nothing is touched. */
  async plan(): Promise<Iterable<BulkEditResult>> {
    await this.#each(async (record) => {
      const { value } = await this.#parts.editor.draft(record);
      const after = bulkChanged(value, this.#change);
      return done(record, after, !saysTheSame(value, after));
    });
    return this.#results.values();
  }

  async apply(): Promise<Iterable<BulkEditResult>> {
    const { mutations, editor } = this.#parts;
    try {
      await mutations.whileLocked(this.#paths, async () => {
        await this.#each(async (record) => {
          const { value, changed } = await editor.edit(record, (sidecar) => bulkChanged(sidecar, this.#change));
          return done(record, value, changed);
        });
        const touched = [...this.#results.values()].filter(({ changed }) => changed).map(({ file_path }) => file_path);
        if (touched.length > 0) await mutations.commit({ touched });
      });
    } catch (error) {
      // What was changed before is still told as changed; the next scan lists it.
      for (const path of this.#paths) {
        const { changed = false, success = false } = this.#results.get(path) ?? {};
        if (success && !changed) continue;
        this.#results.set(path, { ...this.#failed(path, error), changed });
      }
    }
    return this.#results.values();
  }

  async #each(work: (record: CatalogRecord) => Promise<BulkEditResult>): Promise<void> {
    for (let at = 0; at < this.#paths.length; at += AT_ONCE) {
      await Promise.all(
        this.#paths.slice(at, at + AT_ONCE).map(async (path) => {
          try {
            if (this.#signal.aborted) throw new ModelshelfError('cancelled', 'The edit was cancelled.');
            this.#results.set(path, await work(this.#parts.mutations.require(path)));
          } catch (error) {
            this.#results.set(path, this.#failed(path, error));
          }
        }),
      );
    }
  }

  #failed(path: string, error: unknown): BulkEditResult {
    if (!isModelshelfError(error)) {
      (this.#parts.logger ?? silentLogger).error('A model could not be edited.', { path, error });
    }
    return failed(path, this.#parts.mutations.rowOf(path), error);
  }
}

function done({ entry }: CatalogRecord, sidecar: JsonObject, changed: boolean): BulkEditResult {
  const { base_model } = sidecar;
  return {
    file_path: entry.file_path,
    success: true,
    changed,
    tags: textsOf(tagsIn(sidecar)),
    base_model: typeof base_model === 'string' ? base_model : entry.base_model,
  };
}

function failed(path: string, record: CatalogRecord | undefined, error: unknown): BulkEditResult {
  const known = isModelshelfError(error);
  return {
    file_path: path,
    success: false,
    changed: false,
    tags: [...(record?.entry.tags ?? [])],
    base_model: record?.entry.base_model ?? '',
    error: known ? error.message : 'The model could not be edited.',
    code: known ? error.code : 'internal',
  };
}
