import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { folderOf, joinPath, nameOf, stemOf } from '../../disk/normalise-path.js';
import type { SidecarDrafts } from '../../disk/sidecar-draft.js';
import { SIDECAR_SUFFIX } from '../../disk/sidecar-file.js';
import { ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import { BulkDelete, requireSome, type BulkDeleteProgress, type BulkDeleteResult } from './bulk-delete.js';
import { checkTargetsFree } from './check-targets-free.js';
import { checkModelFileName } from './model-file-name.js';
import type { OpenTrash } from './model-trash.js';
import { planRename } from './plan-rename.js';
import { verifyDuplicates, type Digester, type VerifiedDuplicates } from './verify-duplicates.js';

interface ModelLifecycleParts {
  readonly mutations: ModelMutations;
  readonly drafts: SidecarDrafts;
  readonly files: FileOperations;
  readonly openTrash: OpenTrash;
  readonly digest: Digester;
  readonly logger: Logger;
}

/** A model under its new name. */
export interface Renamed {
  readonly record: CatalogRecord;
  /** Full paths with the new name, the model first. */
  readonly renamed: readonly string[];
}

/** How a bulk delete is followed and ended. */
export interface BulkDeleteOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: BulkDeleteProgress) => void;
}

/** Deletes and renames models of one type. Nothing is ever deleted for good here: it goes to the trash. */
export class ModelLifecycleService {
  readonly #parts: ModelLifecycleParts;
  readonly #running = new Set<AbortController>();

  constructor(parts: ModelLifecycleParts) {
    this.#parts = parts;
  }

  /**
   * Moves a model with all that belongs to it into the trash; null when its file was gone already.
   *
   * Invariant: after a 200 from delete, the catalog has no entry with that path and the hash index does not resolve the
   * model's hash to that path.
   */
  async deleteModel(location: string): Promise<{ readonly batchId: string | null }> {
    const { mutations, openTrash } = this.#parts;
    const path = mutations.require(location).entry.file_path;
    return mutations.whileLocked([path], async () => {
      const batch = openTrash();
      const { staged } = await batch.putAway([mutations.require(path)]);
      return { batchId: staged.length > 0 ? batch.id : null };
    });
  }

  /** Deletes many models into one batch. Throws before anything is touched when a path lies outside the library. */
  async bulkDelete(locations: readonly string[], options: BulkDeleteOptions = {}): Promise<BulkDeleteResult> {
    requireSome(locations);
    const { mutations, openTrash, logger } = this.#parts;
    const controller = new AbortController();
    const signal =
      options.signal === undefined ? controller.signal : AbortSignal.any([controller.signal, options.signal]);
    this.#running.add(controller);
    try {
      const { onProgress } = options;
      return await new BulkDelete({ mutations, batch: openTrash(), logger, signal, onProgress }).run(locations);
    } finally {
      this.#running.delete(controller);
    }
  }

  /** Ends the bulk deletes that run now, and none that begins later. What they did stays done. */
  cancel(): void {
    for (const controller of this.#running) controller.abort();
  }

  /**
   * Gives a model another name in its folder, with everything that belongs to it.
   *
   * Invariant: after exclude, bulk-delete and rename, the same holds for the old path; after rename and move the new path
   * is in both.
   *
   * @param newName Without extension; that of the file stays.
   */
  async renameModel(location: string, newName: string): Promise<Renamed> {
    checkModelFileName(newName);
    const { mutations, files } = this.#parts;
    const from = mutations.require(location).entry.file_path;
    const to = joinPath(folderOf(from), newName + nameOf(from).slice(stemOf(nameOf(from)).length));
    if (from === to) throw new ModelshelfError('conflict', 'A file with this name already exists');
    return mutations.whileLocked([from, to], async () => {
      const record = mutations.require(from);
      const status = await files.lstat(from).catch(() => undefined);
      if (status === undefined) throw new ModelshelfError('not_found', 'The model file is missing.');
      if (status.isDirectory()) throw new ModelshelfError('validation_failed', 'The path is not a model file.');
      await this.#refuseLinked(record);
      const companions = await mutations.companionsOf(from);
      const { plan, renamed } = await planRename(record, to, companions, this.#parts);
      // A sidecar that is made later has to fit, too.
      const targets = [...new Set([...renamed, joinPath(folderOf(to), stemOf(nameOf(to)) + SIDECAR_SUFFIX)])];
      const sources = companions.sharedWith.length > 0 ? [from] : [from, ...companions.files];
      await checkTargetsFree({ targets, sources, there: await mutations.companionsOf(to) }, files);
      await mutations.run(plan);
      const rows = await mutations.commit({ moved: [{ from, to }], touched: companions.sharedWith });
      const row = rows.find(({ entry }) => entry.file_path === to);
      if (row === undefined) throw new ModelshelfError('internal', 'The renamed model cannot be read.');
      return { record: row, renamed };
    });
  }

  /** Reads claimed duplicates and says which of them are none. */
  verifyDuplicates(locations: readonly string[]): Promise<VerifiedDuplicates> {
    return verifyDuplicates(locations, this.#parts);
  }

  /** A link that leads to the file would lead nowhere under its old name. */
  async #refuseLinked({ aliases }: CatalogRecord): Promise<void> {
    for (const alias of aliases) {
      const status = await this.#parts.files.lstat(alias).catch(() => undefined);
      if (status?.isSymbolicLink() !== true) continue;
      throw new ModelshelfError(
        'conflict',
        `The link "${nameOf(alias)}" leads to this file and would be left dangling`,
      );
    }
  }
}
