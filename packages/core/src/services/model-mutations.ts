import { isAbsolute } from 'node:path';
import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ModelShelves } from '../catalog/model-shelves.js';
import { companionsOf, type Companions } from '../disk/companions.js';
import { deepestRootOf } from '../disk/deepest-root-of.js';
import type { FileEngine, RunOptions } from '../disk/file-engine.js';
import type { FilePlan } from '../disk/file-plan.js';
import { absolutePath, nameOf, stemOf } from '../disk/normalise-path.js';
import { pathLockKey } from '../disk/path-locks.js';
import { OWN_FOLDER } from '../disk/root-lock.js';
import { ModelshelfError } from '../errors.js';
import type { ModelType } from '../model-types/model-type.js';
import type { FileOperations } from '../ports/file-operations.js';
import type { ModelRoot } from '../shapes/scan.js';
import type { Commit, CommittedChange } from './commit.js';

/** What a path is called in the message that refuses it. */
export type PathLabel = 'File path' | 'Source path' | 'Target path';

interface ModelMutationsParts {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  /** Knows addresses `<root id>:<path below the root>`. */
  readonly catalog: Pick<ModelCatalog, 'pathOf'>;
  readonly shelves: ModelShelves;
  /** Every extension that any model type has: what is a model is nobody's companion. */
  readonly modelExtensions: ReadonlySet<string>;
  readonly engine: FileEngine;
  readonly files: FileOperations;
  readonly commit: Pick<Commit, 'commit'>;
}

/**
 * What every mutation of one model type goes through: the model is known, it is locked, files change by a plan, the catalog
 * follows.
 *
 * Invariant: nothing that is not a model of the catalog below a root is ever touched.
 */
export class ModelMutations {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  readonly #parts: ModelMutationsParts;
  /** Root path to the folder that was there, and held something, when it was last looked at. */
  readonly #present = new Map<string, string>();

  constructor(parts: ModelMutationsParts) {
    this.modelType = parts.modelType;
    this.roots = parts.roots;
    this.#parts = parts;
  }

  /**
   * The row, listed or excluded, of a model that a request names by absolute path or address. Throws `validation_failed`,
   * `path_outside_roots` or `not_found`.
   */
  require(location: string, label: PathLabel = 'File path'): CatalogRecord {
    const path = this.contained(this.#parts.catalog.pathOf(location), location, label);
    const row = this.rowOf(path);
    if (row === undefined) throw new ModelshelfError('not_found', `${this.modelType.label} not found in cache`);
    return row;
  }

  /** A path in its one spelling; throws `path_outside_roots` for one that is not named below a root. */
  contained(path: string, given: string = path, label: PathLabel = 'File path'): string {
    if (given.includes('\0')) throw new ModelshelfError('validation_failed', `${label} contains a NUL character`);
    const canonical = isAbsolute(path) ? absolutePath(path) : '';
    if (canonical === '' || this.rootOf(canonical) === undefined) {
      throw new ModelshelfError('path_outside_roots', `${label} '${given}' is outside configured library directories`);
    }
    return canonical;
  }

  /** The row of exactly this path. */
  rowOf(path: string): CatalogRecord | undefined {
    return this.#parts.shelves.rowOf(path);
  }

  /** The deepest root that contains a path. */
  rootOf(path: string): ModelRoot | undefined {
    return deepestRootOf(this.roots, path);
  }

  /** Whether nothing may be written below the root of a path: it says so, or the system does. */
  isReadOnly(path: string): boolean {
    const root = this.rootOf(path);
    return root !== undefined && (root.readOnly === true || this.#parts.engine.rootLocks.isReadOnly(root.path));
  }

  /**
   * Runs work while nobody else, of this process or of another, changes these models or what lies beside them. Not to be
   * called within itself. Throws `library_locked` when another process writes below one of the roots, and
   * `storage_unavailable` when a root is empty that has models: what is written to the place of a drive is hidden by it.
   */
  whileLocked<T>(paths: readonly string[], work: () => Promise<T>): Promise<T> {
    const { engine } = this.#parts;
    const writable = paths.flatMap((path) => this.rootOf(path) ?? []).filter(({ readOnly }) => readOnly !== true);
    const folders = [...new Set(writable.map(({ path }) => path))];
    return engine.locks.withPaths(paths.map(pathLockKey), async () => {
      for (const root of new Set(writable)) await this.#requirePresent(root);
      return engine.rootLocks.whileHeld(folders, work);
    });
  }

  async #requirePresent({ id, path }: ModelRoot): Promise<void> {
    const { files, shelves } = this.#parts;
    const status = await files.stat(path).catch(() => undefined);
    // The lock says what is wrong with a root that cannot be reached.
    if (status === undefined) return;
    const folder = `${String(status.dev)}:${String(status.ino)}`;
    if (this.#present.get(path) === folder) return;
    const names = await files.readdir(path).catch(() => undefined);
    if (names?.every((name) => name === OWN_FOLDER) === true && shelves.hasRowsOf(id)) {
      throw new ModelshelfError('storage_unavailable', 'The folder of the library is empty: a drive may be missing.');
    }
    if (names !== undefined) this.#present.set(path, folder);
  }

  /** Everything on disk that belongs to a model. */
  companionsOf(path: string): Promise<Companions> {
    const { modelExtensions, files } = this.#parts;
    const previewUrl = this.rowOf(path)?.entry.preview_url;
    return companionsOf(path, { modelExtensions, files, ...(previewUrl === undefined ? {} : { previewUrl }) });
  }

  /** A preview that only sidecars tie to models may be that of others than those that leave. */
  isShownByOthers(file: string, model: string, leaving: ReadonlySet<string>): boolean {
    if (nameOf(file).startsWith(`${stemOf(nameOf(model))}.`)) return false;
    return this.#parts.shelves.rows().some(({ entry }) => entry.preview_url === file && !leaving.has(entry.file_path));
  }

  /** Carries out a plan, or undoes it and throws. Only while the models are locked. Throws `read_only` and what the disk says. */
  async run(plan: FilePlan, options?: RunOptions): Promise<void> {
    for (const path of pathsOf(plan)) {
      if (!this.isReadOnly(path)) continue;
      throw new ModelshelfError('read_only', 'The folder is read-only: its files cannot be changed.');
    }
    await this.#parts.engine.run(plan, options);
  }

  /** Makes the catalog follow what a plan did; resolves with the rows of what was touched or moved. */
  commit(change: CommittedChange): Promise<readonly CatalogRecord[]> {
    return this.#parts.commit.commit(change);
  }
}

function* pathsOf({ moves, creates, rewrites, links, discards }: FilePlan): Iterable<string> {
  for (const { from, to } of moves ?? []) yield* [from, to];
  for (const { path } of [...(creates ?? []), ...(rewrites ?? []), ...(links ?? [])]) yield path;
  yield* discards ?? [];
}
