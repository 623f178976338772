import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { mergedSidecar } from '../../disk/raw-sidecar-merge.js';
import type { JsonObject } from '../../shapes/json.js';
import type { ModelMutations } from '../model-mutations.js';
import type { SidecarEdit, SidecarEditor } from './sidecar-editor.js';

interface MetadataSyncParts {
  readonly mutations: Pick<ModelMutations, 'require' | 'rowOf' | 'whileLocked' | 'commit'>;
  readonly editor: Pick<SidecarEditor, 'edit'>;
}

/** A model whose metadata were edited. */
export interface EditedModel {
  readonly record: CatalogRecord;
  /** What its sidecar says now. */
  readonly sidecar: JsonObject;
}

/**
 * Changes what the sidecars of single models say; their rows follow.
 *
 * Invariant: two edits of one model at the same time both survive, and one that fails changes neither disk nor catalog.
 */
export class MetadataSyncService {
  readonly #parts: MetadataSyncParts;

  constructor(parts: MetadataSyncParts) {
    this.#parts = parts;
  }

  /** Merges updates into the sidecar of a model (docs/behaviour.md, "Editing metadata"). */
  async saveMetadata(location: string, updates: JsonObject): Promise<CatalogRecord> {
    const { record } = await this.edit(location, (sidecar) => mergedSidecar(sidecar, updates));
    return record;
  }

  /** Leaves a model out of lists, or takes it in again. */
  async setExcluded(location: string, exclude: boolean): Promise<CatalogRecord> {
    const isExcluded = (sidecar: JsonObject): boolean => sidecar['exclude'] === true;
    const { record } = await this.edit(location, (sidecar) =>
      isExcluded(sidecar) === exclude ? sidecar : { ...sidecar, exclude },
    );
    return record;
  }

  /**
   * Edits the sidecar of one model in its lock. The mutation is pure, and is asked again when the sidecar changed meanwhile.
   */
  async edit(location: string, mutate: (sidecar: JsonObject) => JsonObject): Promise<EditedModel> {
    const { mutations, editor } = this.#parts;
    const path = mutations.require(location).entry.file_path;
    return mutations.whileLocked([path], async () => {
      // It may have been moved or deleted while the lock was waited for.
      const record = mutations.require(path);
      const { value, changed }: SidecarEdit = await editor.edit(record, mutate);
      const [after] = changed ? await mutations.commit({ touched: [path] }) : [];
      return { record: after ?? mutations.rowOf(path) ?? record, sidecar: value };
    });
  }
}
