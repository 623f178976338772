import { isAbsolute } from 'node:path';
import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { folderOf, joinPath } from '../../disk/normalise-path.js';
import type { TargetFolders } from '../../disk/target-folders.js';
import { isModelshelfError, ModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import type { ModelMutations } from '../model-mutations.js';
import type { ModelRelocations } from '../model-relocation.js';
import { namesIn } from './free-name.js';

/** Where one model went. */
export interface MovedModel {
  readonly originalPath: string;
  readonly newPath: string;
  /** Null when it was there already, or when somebody changed it so that it is no model any more. */
  readonly entry: Readonly<CatalogEntry> | null;
  /** Whether the target is the folder that it was in. */
  readonly isSameFolder: boolean;
}

/** What became of one model of many. */
export type MoveRow = MovedModel | { readonly originalPath: string; readonly error: string };

/** Where models are to go. */
export interface MoveTarget {
  /** A folder: an absolute path or an address. */
  readonly targetPath: string;
  /** Puts each model below the target where the path template wants it. */
  readonly useDefaultPaths: boolean;
}

interface ModelMoveParts {
  readonly mutations: ModelMutations;
  readonly relocations: ModelRelocations;
  readonly targets: TargetFolders;
  /** The folder that the path template gives a model, below a root; empty for none. */
  readonly defaultFolderOf: (model: Readonly<CatalogEntry>) => string;
  readonly logger: Logger;
}

/**
 * Moves models into other folders, each with everything that belongs to it.
 *
 * Invariant: a move never overwrites an existing model file, and after it every companion is at the new path, or nothing
 * has changed.
 */
export class ModelMoveService {
  readonly #parts: ModelMoveParts;
  readonly #running = new Set<AbortController>();

  constructor(parts: ModelMoveParts) {
    this.#parts = parts;
  }

  async moveModel(filePath: string, target: MoveTarget): Promise<MovedModel> {
    return this.#cancellable(async (signal) => this.#move(filePath, target, signal));
  }

  /** One row for every model that was looked at; after a cancellation these are fewer. */
  async moveModelsBulk(filePaths: readonly string[], target: MoveTarget): Promise<MoveRow[]> {
    return this.#cancellable(async (signal) => {
      const rows: MoveRow[] = [];
      for (const filePath of filePaths) {
        if (signal.aborted) break;
        try {
          rows.push(await this.#move(filePath, target, signal));
        } catch (error) {
          if (signal.aborted && isModelshelfError(error) && error.code === 'cancelled') break;
          rows.push({ originalPath: filePath, error: this.#messageOf(error, filePath) });
        }
      }
      return rows;
    });
  }

  /** Ends the moves of this moment and no later ones; what was moved stays. False when none runs. */
  cancel(): boolean {
    for (const abort of this.#running) abort.abort();
    return this.#running.size > 0;
  }

  async #cancellable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#running.add(abort);
    try {
      return await work(abort.signal);
    } finally {
      this.#running.delete(abort);
    }
  }

  async #move(filePath: string, target: MoveTarget, signal: AbortSignal): Promise<MovedModel> {
    const { mutations } = this.#parts;
    const model = mutations.require(filePath, 'Source path');
    const from = model.entry.file_path;
    try {
      const folder = await this.#folderFor(model, target);
      if (folder === folderOf(from)) return { originalPath: filePath, newPath: from, entry: null, isSameFolder: true };
      for (const to of namesIn(folder, model.entry)) {
        const entry = await mutations.whileLocked([from, to], () => this.#relocate(from, to, signal));
        if (entry !== undefined) return { originalPath: filePath, newPath: to, entry, isSameFolder: false };
      }
    } catch (error) {
      throw toMutationError(error, from);
    }
    throw new ModelshelfError('internal', 'There is no end of names');
  }

  /** Undefined when the path is taken. */
  async #relocate(from: string, to: string, signal: AbortSignal): Promise<Readonly<CatalogEntry> | null | undefined> {
    const { mutations, relocations } = this.#parts;
    const model = mutations.rowOf(from);
    if (model === undefined) throw new ModelshelfError('not_found', 'The model is not there any more');
    const plan = await relocations.planIfFree(model, to);
    if (plan === undefined) return undefined;
    const { files, touched } = plan;
    await mutations.run({ kind: 'move', ...files }, { signal });
    const rows = await mutations.commit({ moved: [{ from, to }], touched });
    return rows.find(({ entry }) => entry.file_path === to)?.entry ?? null;
  }

  async #folderFor(model: CatalogRecord, { targetPath, useDefaultPaths }: MoveTarget): Promise<string> {
    const { mutations, targets, defaultFolderOf } = this.#parts;
    const named = mutations.contained(this.#pathOf(targetPath), targetPath, 'Target path');
    const below = useDefaultPaths ? defaultFolderOf(model.entry) : '';
    const folder = below === '' ? named : mutations.contained(joinPath(named, below), targetPath, 'Target path');
    return (await targets.resolve(folder, targetPath)).path;
  }

  /** An address names a folder as it names a model: `<root id>:<path below it>`. */
  #pathOf(location: string): string {
    const root = this.#parts.mutations.roots.find(({ id }) => location.startsWith(`${id}:`));
    return root === undefined || isAbsolute(location)
      ? location
      : joinPath(root.path, location.slice(root.id.length + 1));
  }

  #messageOf(error: unknown, filePath: string): string {
    if (isModelshelfError(error)) return error.message;
    this.#parts.logger.error('A model could not be moved.', { filePath, error });
    return 'The model could not be moved';
  }
}
