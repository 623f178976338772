import { joinPath } from '../../disk/normalise-path.js';
import type { DigestRecords } from '../../ports/digest-records.js';
import type { IndexLoad, IndexScope, IndexStore } from '../../ports/index-store.js';
import type { ScannedModel } from '../../shapes/scan.js';
import type { ModelCatalog } from '../model-catalog.js';
import { ModelShelves } from '../model-shelves.js';
import { inSlices } from '../moves/in-slices.js';
import { withComputedDigest } from '../moves/known-digest.js';

interface StoredModelsParts {
  readonly listed: ModelCatalog;
  readonly excluded: ModelCatalog;
  readonly store: IndexStore;
  readonly scope: IndexScope;
  readonly digests: DigestRecords;
}

/**
 * The models of one type as the index store keeps them between two starts.
 *
 * Invariant: what a start lists from the store is what the last scan left; digests are those of the records, so that none
 * is computed again and none is trusted that was not.
 */
export class StoredModels {
  readonly #parts: StoredModelsParts;
  readonly #shelves: ModelShelves;
  /** What the paths below each root begin with. */
  readonly #beginnings: ReadonlyMap<string, string>;
  #writing: Promise<void> = Promise.resolve();

  constructor(parts: StoredModelsParts) {
    this.#parts = parts;
    this.#shelves = new ModelShelves(parts.listed, parts.excluded);
    this.#beginnings = new Map(parts.scope.roots.map(({ id, path }) => [id, joinPath(path, '')]));
  }

  /** Enters every row of the store that lies below a configured root; says how the store was. */
  async hydrate(): Promise<IndexLoad> {
    const { store, scope, listed, excluded } = this.#parts;
    const load = await store.load(scope, (rows) => {
      this.#shelves.enter(rows.filter((row) => this.#isOurs(row)).map((row) => this.#withOwnDigest(row)));
    });
    await listed.settle();
    await excluded.settle();
    return load;
  }

  /** Writes rows that entered or changed and forgets those that left. One call after the other. */
  keep(upserts: readonly string[], removals: readonly string[]): Promise<void> {
    const written = this.#writing.then(() => this.#keep(upserts, removals));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #keep(upserts: readonly string[], removals: readonly string[]): Promise<void> {
    const { store, scope } = this.#parts;
    if (removals.length > 0) await store.append(scope, { upserts: [], removals });
    for await (const slice of inSlices(upserts, 250)) {
      const rows = slice.flatMap((path) => this.#shelves.rowOf(path) ?? []);
      await store.append(scope, { upserts: rows, removals: [] });
    }
  }

  #isOurs({ root, entry }: ScannedModel): boolean {
    const beginning = this.#beginnings.get(root);
    return beginning !== undefined && entry.file_path.startsWith(beginning);
  }

  #withOwnDigest(row: ScannedModel): ScannedModel {
    const known = this.#parts.digests.find(row.entry.file_path, row.file);
    if (known !== undefined) return withComputedDigest(row, known);
    return row.digest === 'computed' ? { ...row, digest: 'stated' } : row;
  }
}
