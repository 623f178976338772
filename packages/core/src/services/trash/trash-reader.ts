import { fsErrorCode } from '../../disk/fs-error.js';
import { joinPath } from '../../disk/normalise-path.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { ModelRoot } from '../../shapes/scan.js';
import { TRASH_FOLDER, isBatchId, isManifestName, parseManifest, type TrashManifest } from './trash-manifest.js';

/** What one manifest of a batch tells, below one root. */
export interface TrashPart {
  readonly root: ModelRoot;
  /** The folder of the batch. */
  readonly folder: string;
  readonly manifestPath: string;
  readonly manifest: TrashManifest;
}

/** Everything that was deleted by one request, below all roots that can be reached. */
export interface TrashBatch {
  readonly id: string;
  readonly parts: readonly TrashPart[];
  /** Folders of the batch with a manifest that cannot be used, or without one. */
  readonly unreadable: readonly string[];
  /** Folders of the batch. */
  readonly folders: readonly { readonly root: ModelRoot; readonly path: string }[];
}

type Reading = Pick<FileOperations, 'lstat' | 'readdir' | 'readFile'>;

interface Draft {
  readonly parts: TrashPart[];
  readonly unreadable: string[];
  readonly folders: { readonly root: ModelRoot; readonly path: string }[];
}

/** Reads what lies in the trash of some roots. The disk is asked every time: it outlives processes and configurations. */
export class TrashReader {
  readonly #roots: () => readonly ModelRoot[];
  readonly #files: Reading;

  constructor(roots: () => readonly ModelRoot[], files: Reading) {
    this.#roots = roots;
    this.#files = files;
  }

  /** Every batch, in no order. */
  async all(): Promise<readonly TrashBatch[]> {
    const batches = new Map<string, Draft>();
    for (const { root, trash } of this.#places()) {
      for (const id of (await this.#namesIn(trash)) ?? []) {
        if (isBatchId(id)) await this.#read(root, id, batches);
      }
    }
    return Array.from(batches, ([id, draft]) => ({ id, ...draft }));
  }

  /** One batch; undefined when no root that can be reached holds anything of it. */
  async find(id: string): Promise<TrashBatch | undefined> {
    const batches = new Map<string, Draft>();
    for (const { root } of this.#places()) await this.#read(root, id, batches);
    const draft = batches.get(id);
    return draft === undefined ? undefined : { id, ...draft };
  }

  /** Model types may share a root. */
  #places(): Iterable<{ readonly root: ModelRoot; readonly trash: string }> {
    const byPath = new Map(this.#roots().map((root) => [root.path, root]));
    return Array.from(byPath.values(), (root) => ({ root, trash: joinPath(root.path, TRASH_FOLDER) }));
  }

  async #read(root: ModelRoot, id: string, batches: Map<string, Draft>): Promise<void> {
    const folder = joinPath(joinPath(root.path, TRASH_FOLDER), id);
    const names = (await this.#isFolder(folder)) ? await this.#namesIn(folder) : undefined;
    if (names === undefined || names.length === 0) return;
    const draft = batches.get(id) ?? { parts: [], unreadable: [], folders: [] };
    batches.set(id, draft);
    draft.folders.push({ root, path: folder });
    const manifests = names.filter(isManifestName).sort();
    if (manifests.length === 0) draft.unreadable.push(folder);
    for (const name of manifests) {
      const manifestPath = joinPath(folder, name);
      const manifest = await this.#manifestAt(manifestPath);
      if (manifest === 'gone') continue;
      if (manifest?.batch_id === id) draft.parts.push({ root, folder, manifestPath, manifest });
      else draft.unreadable.push(manifestPath);
    }
  }

  async #manifestAt(path: string): Promise<TrashManifest | 'gone' | undefined> {
    try {
      if (!(await this.#files.lstat(path)).isFile()) return undefined;
      return parseManifest((await this.#files.readFile(path)).toString('utf8'));
    } catch (error) {
      // Whatever else the reason, what it names is kept.
      return fsErrorCode(error) === 'ENOENT' ? 'gone' : undefined;
    }
  }

  async #isFolder(path: string): Promise<boolean> {
    try {
      return (await this.#files.lstat(path)).isDirectory();
    } catch {
      return false;
    }
  }

  /** Undefined where there is nothing, or nothing that can be read. */
  async #namesIn(folder: string): Promise<string[] | undefined> {
    try {
      return await this.#files.readdir(folder);
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO'].includes(fsErrorCode(error))) return undefined;
      throw error;
    }
  }
}
