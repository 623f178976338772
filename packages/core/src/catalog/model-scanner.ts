import { isWithin, selfAndAncestors } from '../disk/normalise-path.js';
import type { KnownModel, ScanJob, ScanListener, ScanOutcome } from '../disk/scan-job.js';
import { ModelshelfError } from '../errors.js';
import type { DigestRecords } from '../ports/digest-records.js';
import { memoryRecordLog, type RecordLog } from '../ports/record-log.js';
import type { ScannedModel } from '../shapes/scan.js';
import type { CatalogRecord } from './catalog-record.js';
import { followKept, withKeptMetadata, withKnownDigest, type KeptMetadata } from './enter-models.js';
import type { ModelCatalog } from './model-catalog.js';
import { ModelShelves } from './model-shelves.js';
import { inSlices } from './moves/in-slices.js';
import type { ModelMove, ModelMoves } from './moves/model-moves.js';
import type { KnownRoot } from './moves/move-records.js';
import { isSameModel } from './same-model.js';
import { TouchedPaths, type TouchedWatch } from './touched-paths.js';

/** Reads the disk; `scanInWorker` in real life. */
export type ScanDisk = (job: ScanJob, listener: ScanListener, signal: AbortSignal) => Promise<ScanOutcome>;

/** How far a scan is. */
export interface ScanSteps {
  onCounted(total: number): void;
  onHandled(handled: number, total: number): void;
}

/** What a scan covers. */
export interface ScanOptions {
  readonly signal: AbortSignal;
  /** True reads every model again, whatever is known of it. */
  readonly full?: boolean | undefined;
  /** Ids of the roots to scan; left out: all. What lies below the others is left as it is. */
  readonly roots?: readonly string[] | undefined;
}

/** What a scan did to the catalog. */
export interface ScanResult extends ScanOutcome {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Files that were found again under another path: neither added nor removed. */
  readonly moved: readonly ModelMove[];
  /** Paths of all rows that entered or are no longer what they were, stamps included. */
  readonly upserts: readonly string[];
  /** Paths of all rows that left. */
  readonly removals: readonly string[];
}

interface ModelScannerParts {
  readonly listed: ModelCatalog;
  /** The models whose own sidecar leaves them out. */
  readonly excluded: ModelCatalog;
  readonly job: ScanJob;
  readonly scanDisk: ScanDisk;
  readonly digests: DigestRecords;
  readonly moves: ModelMoves;
  /** Which folders the roots were, by path; lost with the process when left out. */
  readonly roots?: RecordLog<KnownRoot> | undefined;
  /** Metadata of models beside which nothing can be written. */
  readonly kept?: KeptMetadata | undefined;
  /** What is changed on purpose meanwhile. */
  readonly touched?: TouchedPaths | undefined;
}

/**
 * Compares the catalog with the disk and makes it equal, chunk by chunk.
 *
 * Invariant: after a scan the listed paths equal the model files on disk, minus excluded ones and those with a corrupt
 * sidecar; what lies under a root that cannot be read keeps its rows.
 */
export class ModelScanner {
  readonly #parts: ModelScannerParts;
  readonly #shelves: ModelShelves;
  readonly #roots: RecordLog<KnownRoot>;
  #linkTargets: ReadonlySet<string> = new Set();
  /** What scans that were ended early entered: the next one that ends tells it, and finds where it came from. */
  readonly #untold = { arrived: new Set<string>(), upserts: new Set<string>() };

  constructor(parts: ModelScannerParts) {
    this.#parts = parts;
    this.#shelves = new ModelShelves(parts.listed, parts.excluded);
    this.#roots = parts.roots ?? memoryRecordLog();
  }

  /** Real paths that links below the roots lead to, from the moment at which a scan has walked the folders. */
  get linkTargets(): ReadonlySet<string> {
    return this.#linkTargets;
  }

  /** Runs one scan. Rejects with `cancelled` when the signal aborts; what was entered until then stays. */
  async scan(steps: ScanSteps, options: ScanOptions): Promise<ScanResult> {
    const known = this.#shelves.rows();
    const touched = (this.#parts.touched ?? new TouchedPaths()).watch();
    const run = new ScanRun(this.#parts, this.#shelves, touched, options.roots);
    try {
      return await this.#scan(run, known, steps, options);
    } catch (error) {
      for (const path of run.upserts) this.#untold.upserts.add(path);
      // What a first scan finds did not come from anywhere.
      if (known.length > 0) for (const path of run.added) this.#untold.arrived.add(path);
      throw error;
    } finally {
      touched.end();
    }
  }

  async #scan(
    run: ScanRun,
    known: readonly CatalogRecord[],
    steps: ScanSteps,
    { signal, full = false, roots }: ScanOptions,
  ): Promise<ScanResult> {
    const { job, scanDisk, moves } = this.#parts;
    let total = 0;
    const outcome = await scanDisk(
      { ...job, known: await knownModels(known, full), only: roots, rootIdentities: this.#identities() },
      {
        onCounted: (counted, linkTargets) => {
          total = counted;
          // Those of other roots, and of a root that is away, are still theirs.
          this.#linkTargets = roots === undefined ? linkTargets : new Set([...this.#linkTargets, ...linkTargets]);
          steps.onCounted(counted);
        },
        onModels: async (models, unchangedPaths, handled) => {
          await run.enter(models, unchangedPaths);
          steps.onHandled(handled, total);
        },
      },
      signal,
    );
    const missing = await run.missingOf(known, outcome, signal);
    const arrived = [...new Set([...this.#untold.arrived, ...run.added])];
    const settled = await moves.settle({ missing, arrived, isCompared: known.length > 0 });
    await followKept(settled.moved, { shelves: this.#shelves, kept: this.#parts.kept });
    const removals: string[] = [];
    for await (const slice of inSlices(missing, 128)) {
      const gone = slice.map(({ entry }) => entry.file_path).filter((path) => !run.wasTouched(path));
      this.#shelves.remove(gone);
      removals.push(...gone);
    }
    await this.#keepIdentities(outcome);
    const moved = settled.moved;
    for (const path of settled.touched) run.upserts.add(path);
    const upserts = new Set([...this.#untold.upserts, ...run.upserts]);
    this.#untold.arrived.clear();
    this.#untold.upserts.clear();
    const gone = new Set(removals);
    return {
      ...outcome,
      issues: [...outcome.issues, ...settled.issues],
      added: run.added.size - moved.filter(({ to }) => run.added.has(to)).length,
      changed: run.changed,
      removed: removals.length - moved.filter(({ from }) => gone.has(from)).length,
      moved,
      upserts: [...upserts].filter((path) => !gone.has(path)),
      removals,
    };
  }

  #identities(): Record<string, string> {
    const known = this.#parts.job.roots.map(({ id, path }) => [id, this.#roots.get(path)?.identity ?? ''] as const);
    return Object.fromEntries(known.filter(([, identity]) => identity !== ''));
  }

  async #keepIdentities({ rootIdentities }: ScanOutcome): Promise<void> {
    for (const { id, path } of this.#parts.job.roots) {
      const identity = rootIdentities[id];
      if (identity === undefined || this.#roots.get(path)?.identity === identity) continue;
      // A record that cannot be written holds until the process ends; the next start is more careful than need be.
      await this.#roots.put(path, { identity }).catch(() => undefined);
    }
  }
}

/** What one scan saw and did so far. */
class ScanRun {
  readonly added = new Set<string>();
  readonly upserts = new Set<string>();
  changed = 0;
  readonly #parts: ModelScannerParts;
  readonly #shelves: ModelShelves;
  readonly #touched: TouchedWatch;
  readonly #only: ReadonlySet<string> | undefined;
  readonly #seen = new Set<string>();

  constructor(
    parts: ModelScannerParts,
    shelves: ModelShelves,
    touched: TouchedWatch,
    roots: readonly string[] | undefined,
  ) {
    this.#parts = parts;
    this.#shelves = shelves;
    this.#touched = touched;
    this.#only = roots === undefined ? undefined : new Set(roots);
  }

  async enter(found: readonly ScannedModel[], unchangedPaths: readonly string[]): Promise<void> {
    const parts = { ...this.#parts, shelves: this.#shelves };
    for (const path of unchangedPaths) this.#seen.add(path);
    const read: ScannedModel[] = [];
    for (const each of found) {
      if (this.#belongsElsewhere(each.entry.file_path)) continue;
      this.#seen.add(each.entry.file_path);
      const before = this.#shelves.rowOf(each.entry.file_path);
      read.push(await withKeptMetadata(this.#withKeptAliases(each, before), parts));
    }
    // From here on in one step: digests arrive at any time, and so do changes that were made on purpose.
    const current = read.filter(({ entry }) => !this.#touched.has(entry.file_path));
    const befores = current.map(({ entry }) => this.#shelves.rowOf(entry.file_path));
    const models = current.map((model, index) => withKnownDigest(model, befores[index], this.#parts));
    this.#shelves.enter(models);
    for (const [index, { entry }] of models.entries()) this.#compare(entry.file_path, befores[index]);
  }

  /** Whether a row was changed on purpose since the walk began. */
  wasTouched(path: string): boolean {
    return this.#touched.has(path);
  }

  /** The rows that are neither on disk any more nor out of sight. */
  async missingOf(
    known: readonly CatalogRecord[],
    outcome: ScanOutcome,
    signal: AbortSignal,
  ): Promise<readonly CatalogRecord[]> {
    const isHidden = hiddenBy(outcome);
    const missing: CatalogRecord[] = [];
    for await (const slice of inSlices(known)) {
      if (signal.aborted) throw new ModelshelfError('cancelled', 'The scan was cancelled.');
      for (const { root, entry } of slice) {
        if (this.#seen.has(entry.file_path) || this.#touched.has(entry.file_path)) continue;
        if (this.#only?.has(root) === false) continue;
        const row = this.#shelves.rowOf(entry.file_path);
        if (row !== undefined && !isHidden(entry.file_path, root)) missing.push(row);
      }
    }
    return missing;
  }

  /** A link to a model that has its row below a root that this scan leaves out. */
  #belongsElsewhere(path: string): boolean {
    if (this.#only === undefined) return false;
    const row = this.#shelves.rowBehind(path);
    return row !== undefined && row.entry.file_path !== path && !this.#only.has(row.root);
  }

  /** Links below roots that this scan leaves out still lead to the model. */
  #withKeptAliases(model: ScannedModel, before: CatalogRecord | undefined): ScannedModel {
    if (this.#only === undefined || before === undefined) return model;
    const aliases = before.aliases.filter((alias) => !model.aliases.includes(alias) && this.#isLeftOut(alias));
    // Their order is that of the walk: the next scan of everything says it again.
    return aliases.length === 0 ? model : { ...model, stamp: '', aliases: [...model.aliases, ...aliases] };
  }

  #isLeftOut(path: string): boolean {
    const [owner] = this.#parts.job.roots
      .filter((root) => isWithin(root.path, path))
      .sort((a, b) => b.path.length - a.path.length);
    return owner !== undefined && this.#only?.has(owner.id) === false;
  }

  #compare(path: string, before: CatalogRecord | undefined): void {
    const after = this.#shelves.rowOf(path);
    if (after === undefined || after === before) return;
    this.upserts.add(path);
    if (before === undefined) this.added.add(path);
    else if (!isSameModel({ ...before, stamp: after.stamp }, after)) this.changed++;
  }
}

/** Rows as the worker wants them; a root that is scanned anew has no stamps. */
async function knownModels(records: readonly CatalogRecord[], full: boolean): Promise<readonly KnownModel[]> {
  const known: KnownModel[] = [];
  for await (const slice of inSlices(records, 2_000)) {
    for (const { entry, stamp } of slice) known.push([entry.file_path, full ? '' : stamp]);
  }
  return known;
}

type IsHidden = (path: string, root: string) => boolean;

/** Tells what a scan could not see: what lies under an offline root or at or below an unreadable path. */
function hiddenBy({ offlineRoots, unreadablePaths }: ScanOutcome): IsHidden {
  const offline = new Set(offlineRoots);
  const unreadable = new Set(unreadablePaths);
  return (path, root) => {
    if (offline.has(root)) return true;
    if (unreadable.size === 0) return false;
    for (const folder of selfAndAncestors(path)) if (unreadable.has(folder)) return true;
    return false;
  };
}
