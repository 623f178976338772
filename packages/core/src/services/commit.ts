import type { CatalogRecord } from '../catalog/catalog-record.js';
import { withKeptMetadata, withKnownDigest, type EnteringParts } from '../catalog/enter-models.js';
import type { ModelMove } from '../catalog/moves/model-moves.js';
import { isSameFile } from '../catalog/same-model.js';
import type { TouchedPaths } from '../catalog/touched-paths.js';
import { folderOf, nameOf, stemOf } from '../disk/normalise-path.js';
import { rereadModels, type ModelPlace } from '../disk/reread-models.js';
import type { ScanJob } from '../disk/scan-job.js';
import type { KnownDigest } from '../ports/digest-records.js';
import type { Logger } from '../ports/logger.js';
import type { FileSignature, ModelRoot, ScannedModel } from '../shapes/scan.js';

/** What a mutation did to the files of one model type. */
export interface CommittedChange {
  /** Paths that hold no model any more. */
  readonly left?: readonly string[];
  /** Paths of model files to be read again, or for the first time. */
  readonly touched?: readonly string[];
  /** Files that have another path now: digests and remembered metadata go with them. */
  readonly moved?: readonly ModelMove[];
  /** Touched paths that lead to the bytes of another path now: its digest is theirs. */
  readonly linked?: readonly ModelMove[];
}

/** How many rows a change added, changed and removed, for those who are told. */
export interface ToldChange {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly moved: readonly ModelMove[];
}

/** What a commit works on. */
export interface CommitParts extends EnteringParts {
  readonly job: ScanJob;
  readonly touched: TouchedPaths;
  readonly rootOf: (path: string) => ModelRoot | undefined;
  /** Writes rows that entered or changed, and forgets those that left. */
  readonly keep: (upserts: readonly string[], removals: readonly string[]) => Promise<void>;
  readonly tell: (change: ToldChange) => void;
  /** There is a file whose digest has to be looked for. Not called by edits of metadata: looking costs a walk over all of them. */
  readonly onUndigested?: () => void;
  readonly logger: Logger;
}

/**
 * The end of every mutation: the changed models are read from disk, their rows are exchanged in one synchronous step, then
 * written to the index store, then told. To be called while the models are locked.
 *
 * Invariant: after each mutation the cache's entries and its hash index agree with the disk.
 */
export class Commit {
  readonly #parts: CommitParts;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  /** Resolves with the rows of what was touched or moved, as far as there are models now. */
  async commit({
    left = [],
    touched = [],
    moved = [],
    linked = [],
  }: CommittedChange): Promise<readonly CatalogRecord[]> {
    const { shelves, touched: paths } = this.#parts;
    const changed = [...left, ...touched, ...moved.flatMap(({ from, to }) => [from, to])];
    const asked = [...touched, ...moved.map(({ to }) => to)];
    const own = await this.#read(touched, moved, linked);
    const beside = this.#shownBeside(changed).filter((path) => !changed.includes(path));
    // They are not locked: what another mutation changes meanwhile is read again.
    let shown: readonly ScannedModel[] = [];
    for (let isStale = beside.length > 0; isStale;) {
      const watch = paths.watch();
      try {
        shown = await this.#read(beside);
        isStale = beside.some((path) => watch.has(path));
      } finally {
        watch.end();
      }
    }
    const read = [...own, ...shown];
    const there = new Set(read.map(({ entry }) => entry.file_path));
    const gone = [...left, ...moved.map(({ from }) => from), ...asked].filter((path) => !there.has(path));
    // From here to the end of the exchange there is no await.
    paths.touch([...gone, ...asked, ...there]);
    const removals = gone.filter((path) => shelves.rowOf(path) !== undefined);
    const added = read.filter(({ entry }) => shelves.rowOf(entry.file_path) === undefined).length;
    shelves.remove(removals);
    const models = read.map((model) => withKnownDigest(model, shelves.rowOf(model.entry.file_path), this.#parts));
    const isUndigested = models.some((model) => lacksDigest(model, shelves.rowOf(model.entry.file_path)));
    shelves.enter(models);
    const rows = [...new Set(asked)].flatMap((path) => shelves.rowOf(path) ?? []);
    await this.#keep([...there], removals);
    const came = moved.filter(({ to }) => there.has(to)).length;
    this.#parts.tell({
      added: Math.max(0, added - came),
      changed: read.length - added,
      removed: Math.max(0, removals.length - came),
      moved,
    });
    if (isUndigested) this.#parts.onUndigested?.();
    return rows;
  }

  async #read(
    touched: readonly string[],
    moved: readonly ModelMove[] = [],
    linked: readonly ModelMove[] = [],
  ): Promise<ScannedModel[]> {
    const { shelves, digests, moves, kept, job, logger } = this.#parts;
    const carried = new Map<string, { readonly known: KnownDigest; readonly of: FileSignature }>();
    for (const { from, to } of [...moved, ...linked]) {
      const before = shelves.rowOf(from);
      const known = before === undefined ? undefined : digests.find(from, before.file);
      if (before !== undefined && known !== undefined) carried.set(to, { known, of: before.file });
    }
    const places = [...new Set([...touched, ...moved.map(({ to }) => to)])].flatMap((path) => this.#placeOf(path));
    const read = await rereadModels(job, places);
    const bySource = new Map(moved.map((move) => [move.to, move]));
    for (const { entry, file, sidecar } of read) {
      const move = bySource.get(entry.file_path);
      if (move !== undefined) {
        await moves.follow(move, file);
        await kept?.follow(move);
      } else if (isRewritten(sidecar, shelves.rowOf(entry.file_path)?.sidecar)) {
        await kept?.written(entry.file_path);
      }
      const digest = carried.get(entry.file_path);
      if (digest === undefined || !holdsSameBytes(file, digest.of)) continue;
      await digests.keep(entry.file_path, file, digest.known).catch((error: unknown) => {
        logger.warn('A digest could not be kept.', { path: entry.file_path, error });
      });
    }
    return Promise.all(read.map((model) => withKeptMetadata(model, this.#parts)));
  }

  /**
   * `foo` shows `foo.preview.png` as well, which a model `foo.preview` takes along, and `FOO.png`, which is that of `FOO`: what
   * happens to those changes `foo`.
   */
  #shownBeside(changed: readonly string[]): string[] {
    return changed.flatMap((path) => {
      const stem = stemOf(nameOf(path));
      const inner = INNER_SUFFIXES.filter((suffix) => stem.toLowerCase().endsWith(suffix));
      const stems = [stem, ...inner.map((suffix) => stem.slice(0, -suffix.length))];
      const others = stems.flatMap((each) => this.#parts.shelves.withStem(each));
      return others.map(({ entry }) => entry.file_path).filter((other) => folderOf(other) === folderOf(path));
    });
  }

  #placeOf(path: string): ModelPlace[] {
    const root = this.#parts.rootOf(path);
    return root === undefined ? [] : [{ path, root, aliases: this.#parts.shelves.rowOf(path)?.aliases ?? [] }];
  }

  /** What cannot be written is found by the next scan. */
  async #keep(upserts: readonly string[], removals: readonly string[]): Promise<void> {
    try {
      await this.#parts.keep(upserts, removals);
    } catch (error) {
      this.#parts.logger.warn('The index could not be written; the next start scans more than it need.', { error });
    }
  }
}

/** What stands before the extension in compound suffixes of previews. */
const INNER_SUFFIXES = ['.preview', '.example.0'];

/** Whether nobody computed the digest of a file that is new at its path, or that states another one than before. */
function lacksDigest({ digest, entry, file }: ScannedModel, before: ScannedModel | undefined): boolean {
  if (digest === 'computed') return false;
  return entry.sha256 !== before?.entry.sha256 || digest !== before.digest || !isSameFile(file, before.file);
}

/** A copy on another file system has another inode, and maybe another time; a file that was only renamed has neither. */
function holdsSameBytes(now: FileSignature, before: FileSignature): boolean {
  return now.size === before.size && (now.ino !== before.ino || now.mtimeMs === before.mtimeMs);
}

function isRewritten(now: FileSignature | null, before: FileSignature | null | undefined): boolean {
  return now !== null && (now.ino !== before?.ino || now.mtimeMs !== before.mtimeMs);
}
