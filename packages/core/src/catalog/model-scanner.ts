import { selfAndAncestors } from '../disk/normalise-path.js';
import type { DigestRecords } from '../ports/digest-records.js';
import type { ScanJob, ScanListener, ScanOutcome } from '../disk/scan-job.js';
import type { ScannedModel } from '../shapes/scan.js';
import type { ModelCatalog } from './model-catalog.js';

/** Reads the disk; `scanInWorker` in real life. */
export type ScanDisk = (job: ScanJob, listener: ScanListener, signal: AbortSignal) => Promise<ScanOutcome>;

/** How far a scan is. */
export interface ScanSteps {
  onCounted(total: number): void;
  onHandled(handled: number, total: number): void;
}

/** What a scan did to the catalog. */
export interface ScanResult extends ScanOutcome {
  readonly changed: number;
  readonly removed: number;
}

/**
 * Compares the catalog with the disk and makes it equal, chunk by chunk.
 *
 * Invariant: after a scan the listed paths equal the model files on disk, minus excluded ones and those with a corrupt
 * sidecar; what lies under a root that cannot be read keeps its rows.
 */
export class ModelScanner {
  readonly #catalog: ModelCatalog;
  readonly #job: ScanJob;
  readonly #scanDisk: ScanDisk;
  readonly #digests: DigestRecords;

  constructor(catalog: ModelCatalog, job: ScanJob, scanDisk: ScanDisk, digests: DigestRecords) {
    this.#catalog = catalog;
    this.#job = job;
    this.#scanDisk = scanDisk;
    this.#digests = digests;
  }

  /** Runs one scan. Rejects with `cancelled` when the signal aborts; what was entered until then stays. */
  async scan(steps: ScanSteps, signal: AbortSignal): Promise<ScanResult> {
    const seen = new Set<string>();
    let total = 0;
    let changed = 0;
    const outcome = await this.#scanDisk(
      this.#job,
      {
        onCounted: (counted) => {
          total = counted;
          steps.onCounted(counted);
        },
        onModels: (models, handled) => {
          for (const { entry } of models) seen.add(entry.file_path);
          changed += this.#catalog.upsert(models.map((model) => this.#withKnownDigest(model)));
          steps.onHandled(handled, total);
        },
      },
      signal,
    );
    const isHidden = hiddenBy(outcome);
    const removed = this.#catalog.remove(this.#missing(seen, outcome, isHidden));
    const stillExcluded = [...this.#catalog.excluded].filter((path) =>
      isHidden(path, this.#catalog.addressOf(path)?.root),
    );
    this.#catalog.setExcluded([...outcome.excluded, ...stillExcluded]);
    return { ...outcome, changed, removed };
  }

  #withKnownDigest(model: ScannedModel): ScannedModel {
    if (model.entry.sha256 !== '') return model;
    const sha256 = this.#digests.find(model.entry.file_path, model.file);
    return sha256 === undefined ? model : { ...model, entry: { ...model.entry, sha256, hash_status: 'completed' } };
  }

  *#missing(seen: ReadonlySet<string>, outcome: ScanOutcome, isHidden: IsHidden): Iterable<string> {
    const excluded = new Set(outcome.excluded);
    for (const { root, entry } of [...this.#catalog.records()]) {
      if (seen.has(entry.file_path)) continue;
      if (excluded.has(entry.file_path) || !isHidden(entry.file_path, root)) yield entry.file_path;
    }
  }
}

type IsHidden = (path: string, root: string | undefined) => boolean;

/** Tells what a scan could not see: what lies under an offline root or at or below an unreadable path. */
function hiddenBy({ offlineRoots, unreadablePaths }: ScanOutcome): IsHidden {
  const offline = new Set(offlineRoots);
  const unreadable = new Set(unreadablePaths);
  return (path, root) => {
    if (root !== undefined && offline.has(root)) return true;
    if (unreadable.size === 0) return false;
    for (const folder of selfAndAncestors(path)) if (unreadable.has(folder)) return true;
    return false;
  };
}
