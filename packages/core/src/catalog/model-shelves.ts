import type { ScannedModel } from '../shapes/scan.js';
import type { CatalogRecord } from './catalog-record.js';
import type { ModelCatalog } from './model-catalog.js';

/**
 * The two catalogs of one model type as one: what is listed and what its own sidecar leaves out.
 *
 * Invariant: a path has a row in one of them only.
 */
export class ModelShelves {
  readonly #listed: ModelCatalog;
  readonly #excluded: ModelCatalog;

  constructor(listed: ModelCatalog, excluded: ModelCatalog) {
    this.#listed = listed;
    this.#excluded = excluded;
  }

  /** The row of exactly this path, not of a link to it. */
  rowOf(path: string): CatalogRecord | undefined {
    const found = this.#listed.recordOf(path);
    const row = found?.entry.file_path === path ? found : this.#excluded.recordOf(path);
    return row?.entry.file_path === path ? row : undefined;
  }

  /** The row that a path or a link leads to. */
  rowBehind(path: string): CatalogRecord | undefined {
    return this.#listed.recordOf(path) ?? this.#excluded.recordOf(path);
  }

  /** Rows of files with this stem in any case, wherever they lie. */
  withStem(stem: string): CatalogRecord[] {
    return [...this.#listed.findByStemInAnyCase(stem), ...this.#excluded.findByStemInAnyCase(stem)];
  }

  /** Every row. */
  rows(): CatalogRecord[] {
    return [...this.#listed.records(), ...this.#excluded.records()];
  }

  /** Whether anything is known of a root; one step where the root has rows and others have few. */
  hasRowsOf(rootId: string): boolean {
    for (const { root } of this.#listed.records()) if (root === rootId) return true;
    for (const { root } of this.#excluded.records()) if (root === rootId) return true;
    return false;
  }

  /** Puts each model where its sidecar wants it, and takes it from where it was. */
  enter(models: readonly ScannedModel[]): void {
    const [listed, excluded] = [models.filter(isListed), models.filter((model) => !isListed(model))];
    this.#excluded.remove(listed.map(pathOf));
    this.#listed.remove(excluded.map(pathOf));
    this.#listed.upsert(listed);
    this.#excluded.upsert(excluded);
  }

  remove(paths: readonly string[]): void {
    this.#listed.remove(paths);
    this.#excluded.remove(paths);
  }
}

const isListed = ({ entry }: ScannedModel): boolean => !entry.exclude;
const pathOf = ({ entry }: ScannedModel): string => entry.file_path;
