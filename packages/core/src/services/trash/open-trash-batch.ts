import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { Companions } from '../../disk/companions.js';
import type { FilePlan, PlannedFile, PlannedMove } from '../../disk/file-plan.js';
import { fsErrorCode } from '../../disk/fs-error.js';
import { leavingCopies } from '../../disk/leaving-copies.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { folderOf, joinPath, nameOf, relativeTo, stemOf } from '../../disk/normalise-path.js';
import { OWN_FOLDER } from '../../disk/root-lock.js';
import type { SidecarDrafts } from '../../disk/sidecar-draft.js';
import { ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { ModelRoot } from '../../shapes/scan.js';
import type { ModelMutations } from '../model-mutations.js';
import { grouped } from './grouped.js';
import { TRASH_FOLDER, manifestNameOf, manifestText, type TrashEntry, type TrashedModel } from './trash-manifest.js';

/** A model type as the trash knows it. */
export interface TrashedType {
  readonly mutations: ModelMutations;
  readonly drafts: SidecarDrafts;
}

/** What became of models that were to go. */
export interface PutAway {
  /** Paths of model files that are in the trash now. */
  readonly staged: readonly string[];
  /** Paths of models whose file was gone already; they have no row any more. */
  readonly absent: readonly string[];
}

interface BatchParts extends TrashedType {
  readonly id: string;
  readonly files: FileOperations;
  /** Seconds since the epoch. */
  readonly deletedAt: number;
  readonly expiresAt: number;
}

/** The models that go of one folder and stem, and what goes with them. */
interface Leaving {
  readonly root: ModelRoot;
  readonly records: readonly CatalogRecord[];
  /** Where the files go and which: originals as absolute paths. */
  readonly moves: readonly { readonly from: string; readonly of: string; readonly size: number }[];
  readonly copies: readonly { readonly path: string; readonly of: string; readonly content: string | Uint8Array }[];
  /** Models that share the stem and stay. */
  readonly staying: readonly string[];
}

/**
 * One batch of the trash that is being filled: what one request deletes, in one plan or in many.
 *
 * Invariant: a file reaches the trash together with the manifest that names it, or not at all.
 */
export class OpenTrashBatch {
  readonly id: string;
  readonly #parts: BatchParts;
  /** How many folders of models the batch has below each root. */
  readonly #counts = new Map<string, number>();

  constructor(parts: BatchParts) {
    this.id = parts.id;
    this.#parts = parts;
  }

  /** Puts models away in one plan, and takes out their rows. To be called while they are locked. */
  async putAway(records: readonly CatalogRecord[], { signal }: { signal?: AbortSignal } = {}): Promise<PutAway> {
    const { mutations } = this.#parts;
    const here: CatalogRecord[] = [];
    const absent: string[] = [];
    for (const record of records) {
      if (await this.#isThere(record)) here.push(record);
      else absent.push(record.entry.file_path);
    }
    const leaving: Leaving[] = [];
    for (const group of groupsOf(here)) leaving.push(await this.#leavingOf(group));
    if (leaving.length > 0) await mutations.run(this.#planOf(leaving), signal === undefined ? {} : { signal });
    const staged = here.map(({ entry }) => entry.file_path);
    if (staged.length + absent.length > 0) {
      await mutations.commit({ left: [...staged, ...absent], touched: leaving.flatMap(({ staying }) => staying) });
    }
    return { staged, absent };
  }

  /** Whether the model file is there. A root that cannot be reached hides its files; they are not gone. */
  async #isThere({ entry: { file_path: path } }: CatalogRecord): Promise<boolean> {
    const { files } = this.#parts;
    try {
      const status = await files.lstat(path);
      if (status.isFile() || status.isSymbolicLink()) return true;
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) throw toMutationError(error, path);
      await this.#checkPresence(path);
      return false;
    }
    throw new ModelshelfError('validation_failed', 'The path is not a model file.');
  }

  async #checkPresence(path: string): Promise<void> {
    const root = this.#rootOf(path);
    const names = await this.#parts.files.readdir(root.path).catch(() => []);
    // A root that holds nothing but our lock may be the place of a drive that is not there.
    if (names.every((name) => name === OWN_FOLDER))
      throw new ModelshelfError('storage_unavailable', 'The folder of the library cannot be reached.');
  }

  async #leavingOf(records: readonly CatalogRecord[]): Promise<Leaving> {
    const { mutations, files } = this.#parts;
    const owner = records.find(({ sidecar }) => sidecar !== null) ?? records[0];
    if (owner === undefined) throw new RangeError('no model leaves');
    const path = owner.entry.file_path;
    const leaving = new Set(records.map(({ entry }) => entry.file_path));
    const companions = await mutations.companionsOf(path);
    const staying = companions.sharedWith.filter((other) => !leaving.has(other));
    const moves = [...leaving].map((from) => ({ from, of: from }));
    const copies: { path: string; of: string; content: string | Uint8Array }[] = [];
    if (staying.length > 0) copies.push(...(await this.#copiesOf(owner, companions)));
    else {
      const own = companions.files.filter((file) => !mutations.isShownByOthers(file, path, leaving));
      moves.push(...own.map((from) => ({ from, of: path })));
    }
    const sized = [];
    for (const move of moves) sized.push({ ...move, size: (await files.lstat(move.from)).size });
    return { root: this.#rootOf(path), records, moves: sized, copies, staying };
  }

  async #copiesOf(record: CatalogRecord, companions: Companions): Promise<Leaving['copies']> {
    const of = record.entry.file_path;
    const { sidecar, previews } = await leavingCopies(record, companions, this.#parts);
    const copies: { path: string; of: string; content: string | Uint8Array }[] = [];
    if (sidecar?.before !== undefined) copies.push({ path: sidecar.path, of, content: sidecar.before });
    return [...copies, ...previews.map((preview) => ({ ...preview, of }))];
  }

  #planOf(leaving: readonly Leaving[]): FilePlan {
    const { id, deletedAt, expiresAt, mutations } = this.#parts;
    const moves: PlannedMove[] = [];
    const creates: PlannedFile[] = [];
    const byRoot = grouped(leaving, ({ root }) => root);
    for (const [root, groups] of byRoot) {
      const folder = joinPath(joinPath(root.path, TRASH_FOLDER), id);
      const first = (this.#counts.get(root.path) ?? 0) + 1;
      const entries: TrashEntry[] = [];
      const models: TrashedModel[] = [];
      const below = (path: string): string => relativeTo(root.path, path);
      for (const [index, group] of groups.entries()) {
        const stagedOf = (path: string): string => `${String(first + index)}/${nameOf(path)}`;
        for (const { from, of, size } of group.moves) {
          moves.push({ from, to: joinPath(folder, stagedOf(from)) });
          entries.push({ staged: stagedOf(from), original: below(from), of: below(of), size });
        }
        for (const { path, of, content } of group.copies) {
          creates.push({ path: joinPath(folder, stagedOf(path)), content });
          const size = Buffer.byteLength(content);
          entries.push({ staged: stagedOf(path), original: below(path), of: below(of), size, copy: true });
        }
        models.push(...group.records.map(({ entry }) => toTrashedModel(entry, below(entry.file_path))));
      }
      this.#counts.set(root.path, first + groups.length - 1);
      const manifest = manifestText({
        version: 1,
        batch_id: id,
        kind: 'model',
        model_type: mutations.modelType.prefix,
        deleted_at: deletedAt,
        expires_at: expiresAt,
        models,
        entries,
      });
      creates.unshift({ path: joinPath(folder, manifestNameOf(first)), content: manifest });
    }
    return { kind: 'delete', moves, creates };
  }

  #rootOf(path: string): ModelRoot {
    const root = this.#parts.mutations.rootOf(path);
    if (root === undefined) throw new ModelshelfError('path_outside_roots', 'The model is outside the library.');
    return root;
  }
}

/** Models of one folder and stem go together: what lies beside them belongs to all of them. */
function groupsOf(records: readonly CatalogRecord[]): readonly (readonly CatalogRecord[])[] {
  const groups = grouped(records, ({ entry: { file_path: path } }) => joinPath(folderOf(path), stemOf(nameOf(path))));
  return [...groups.values()];
}

const toTrashedModel = (entry: CatalogRecord['entry'], path: string): TrashedModel => ({
  file_path: path,
  model_name: entry.model_name,
  size: entry.size,
  sha256: entry.sha256,
});
