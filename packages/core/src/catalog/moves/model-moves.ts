import { probeFile } from '../../disk/probe.js';
import { sidecarPathOf } from '../../disk/sidecar-file.js';
import { systemClock, type Clock } from '../../ports/clock.js';
import type { DigestRecords, KnownDigest } from '../../ports/digest-records.js';
import { silentLogger, type Logger } from '../../ports/logger.js';
import { memoryRecordLog, type RecordLog } from '../../ports/record-log.js';
import type { FileSignature, ModelRoot, ScanIssue, ScannedModel } from '../../shapes/scan.js';
import type { ModelCatalog } from '../model-catalog.js';
import { ModelShelves } from '../model-shelves.js';
import { isSameFile } from '../same-model.js';
import { carriesMetadata, isWorthKeeping, takesOver, withCarriedOver } from './carry-over.js';
import { DepartedModels } from './departed-models.js';
import { filterInSlices, inSlices } from './in-slices.js';
import { withComputedDigest } from './known-digest.js';
import { checkLeftPreviews } from './check-left-previews.js';
import { leftPreview } from './left-preview.js';
import { matchMoves, type Ambiguity, type Match } from './match-moves.js';
import type { DepartedModel, RememberedModel } from './move-records.js';
import { recognitionKeys, type RecognisedBy } from './recognition-keys.js';
import { StandingAmbiguities } from './standing-ambiguities.js';

/** A file that was found again under another path. */
export interface ModelMove {
  readonly from: string;
  readonly to: string;
}

/** What is to be known of the moves of one model type. */
export interface ModelMovesParts {
  readonly listed: ModelCatalog;
  readonly excluded: ModelCatalog;
  readonly roots: readonly ModelRoot[];
  readonly digests: DigestRecords;
  /** Models that were moved without their sidecars, by path; lost with the process when left out. */
  readonly remembered?: RecordLog<RememberedModel> | undefined;
  /** Models that went away, by path; lost with the process when left out. */
  readonly departed?: RecordLog<DepartedModel> | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
  /** Digest of the first and last 64 KiB of a file. */
  readonly probe?: ((path: string, size: number) => Promise<string | undefined>) | undefined;
}

/** What a scan saw go and come. */
export interface SeenChanges {
  readonly missing: readonly ScannedModel[];
  /** Paths that no row had before. */
  readonly arrived: readonly string[];
  /** False for a first scan: what it finds did not come from anywhere. */
  readonly isCompared: boolean;
}

/** What became of it. */
export interface SettledChanges {
  readonly moved: readonly ModelMove[];
  readonly issues: readonly ScanIssue[];
  /** Paths of rows that took something over. */
  readonly touched: readonly string[];
}

interface Old extends DepartedModel {
  readonly path: string;
  readonly isMissing: boolean;
}

/** A path that arrived is compared with what goes away later, too: two roots may be scanned one after the other. */
const ARRIVALS_KEPT = 5_000;

/**
 * Lets metadata follow the bytes when files were moved or renamed outside.
 *
 * Invariant: a file is recognised by inode, size and time, else by its digest, else by size and probe, and only when there
 * is one candidate on either side; ambiguous cases are reported and none is guessed. Nothing is written beside models.
 */
export class ModelMoves {
  readonly #parts: ModelMovesParts;
  readonly #shelves: ModelShelves;
  readonly #remembered: RecordLog<RememberedModel>;
  readonly #departed: DepartedModels;
  readonly #clock: Clock;
  readonly #arrivals = new Set<string>();
  readonly #deferred = new Map<number, Set<string>>();
  readonly #ambiguities = new StandingAmbiguities();
  #busy: Promise<unknown> = Promise.resolve();

  constructor(parts: ModelMovesParts) {
    this.#parts = parts;
    this.#shelves = new ModelShelves(parts.listed, parts.excluded);
    this.#remembered = parts.remembered ?? memoryRecordLog();
    this.#departed = new DepartedModels(parts.departed ?? memoryRecordLog());
    this.#clock = parts.clock ?? systemClock;
  }

  /** The sidecar that a model left behind where it was before; undefined when nothing of that kind is known. */
  sidecarPathOf(path: string): string | undefined {
    return this.#remembered.get(path)?.sidecarPath;
  }

  /** A model that a scan read, with what is remembered of it unless it has a sidecar of its own. */
  async withRemembered(model: ScannedModel): Promise<ScannedModel> {
    const path = model.entry.file_path;
    const row = this.#remembered.get(path);
    if (row === undefined) return model;
    const isSameFile = row.file.size === model.file.size && row.file.mtimeMs === model.file.mtimeMs;
    if (model.sidecar === null && isSameFile) {
      return withCarriedOver(model, row.entry, await this.#existingPreview(row.entry.preview_url));
    }
    if (model.sidecar === null) {
      const old = { ...model, file: row.file, origin: 'remembered' as const, entry: row.entry };
      await this.#depart({ path, model: old, sidecarPath: row.sidecarPath });
    }
    await this.#kept(this.#remembered.remove(path));
    return model;
  }

  /** A model was moved on purpose: what is remembered of it goes along. */
  async follow({ from, to }: ModelMove, file: FileSignature): Promise<void> {
    if (this.#arrivals.delete(from)) this.#arrivals.add(to);
    const row = this.#remembered.get(from);
    if (row === undefined) return;
    await this.#kept(this.#remembered.put(to, { ...row, file }));
    await this.#kept(this.#remembered.remove(from));
  }

  /** Matches what went with what came, and enters what the models that came take over. */
  settle(changes: SeenChanges): Promise<SettledChanges> {
    return this.#oneByOne(() => this.#settle(changes));
  }

  /**
   * A digest arrived in the catalog: a file may be recognised by it that could not be before. To be called after
   * `setDigest`; answers the moves that were found, whose rows have changed then.
   */
  onDigest(path: string, { sha256 }: Pick<KnownDigest, 'sha256'>): Promise<readonly ModelMove[]> {
    const size = this.#shelves.rowOf(path)?.file.size;
    if (size === undefined) return Promise.resolve([]);
    const digests = new Set(this.#deferred.get(size));
    if (this.#departed.withDigest(sha256).length > 0) digests.add(sha256);
    return digests.size === 0 ? Promise.resolve([]) : this.#oneByOne(() => this.#recognise(size, digests));
  }

  async #settle({ missing, arrived, isCompared }: SeenChanges): Promise<SettledChanges> {
    const touched = await checkLeftPreviews(this.#remembered, this.#shelves, (path) => this.#existingPreview(path));
    const gone = new Set(missing.map(({ entry }) => entry.file_path));
    const formerly = Array.from(this.#remembered.entries()).filter(([path]) => gone.has(path));
    for (const path of gone) this.#arrivals.delete(path);
    const paths = missing.length > 0 ? new Set([...this.#arrivals, ...arrived]) : new Set(arrived);
    const isIdle = missing.length === 0 && this.#departed.size === 0;
    const news = isIdle ? [] : [...paths].flatMap((path) => this.#shelves.rowOf(path) ?? []);
    const olds: Old[] = [];
    for await (const slice of inSlices(missing)) olds.push(...slice.map((model) => this.#oldOf(model)));
    olds.push(...(await this.#candidates(news, gone)));
    const moved: ModelMove[] = [];
    const recognised = new Set<Old>();
    let left: { readonly oldsLeft: readonly Old[]; readonly newsLeft: readonly ScannedModel[] } = {
      oldsLeft: olds,
      newsLeft: news,
    };
    for (const how of ['place', 'sha256', 'probe'] as const) {
      const keys = await recognitionKeys(how, left.oldsLeft, left.newsLeft, this.#parts.probe ?? probeFile);
      const found = await matchMoves(left.oldsLeft, left.newsLeft, keys.ofOld, keys.ofNew);
      for (const ambiguity of found.ambiguous) this.#ambiguities.add(ambiguity);
      for await (const slice of inSlices(found.matched, 32)) {
        for (const { old, fresh } of await this.#takeOver(slice, how)) {
          recognised.add(old);
          this.#arrivals.delete(fresh.entry.file_path);
          touched.push(fresh.entry.file_path);
          if (old.path !== fresh.entry.file_path) moved.push({ from: old.path, to: fresh.entry.file_path });
        }
      }
      // What has nothing but its digest is recognised by its place alone: of equal bytes it has nothing to give.
      const hasToGive = ({ isMissing, model }: Old): boolean => isMissing || carriesMetadata(model);
      left = how === 'place' ? { ...found, oldsLeft: await filterInSlices(found.oldsLeft, hasToGive) } : found;
    }
    const isLost = (old: Old): boolean => old.isMissing && !recognised.has(old) && isWorthKeeping(old.model);
    for await (const slice of inSlices(await filterInSlices(olds, isLost), 64)) {
      await Promise.all(slice.map((old) => this.#depart(old)));
    }
    for await (const slice of inSlices(formerly, 64)) {
      // Another model may have been moved there meanwhile: what is remembered of that one stays.
      const still = slice.filter(([path, row]) => this.#remembered.get(path) === row);
      await Promise.all(still.map(([path]) => this.#kept(this.#remembered.remove(path))));
    }
    if (isCompared) this.#keepArrivals(arrived, touched);
    await this.#kept(this.#departed.prune(this.#clock.now()));
    return { moved, issues: this.#ambiguities.issues((each) => this.#isAmbiguous(each)), touched };
  }

  /** Resolves when nothing is being settled or recognised. */
  async settled(): Promise<void> {
    await this.#busy;
  }

  /** Whether what went is still away and what came still there, each without metadata of its own. */
  #isAmbiguous({ olds, news }: Ambiguity<Pick<Old, 'path'>, ScannedModel>): boolean {
    const isAway = ({ path }: Pick<Old, 'path'>): boolean => this.#departed.get(path) !== undefined;
    const isThere = ({ entry, file }: ScannedModel): boolean => {
      const row = this.#shelves.rowOf(entry.file_path);
      return row !== undefined && isSameFile(row.file, file) && row.origin !== 'remembered' && row.sidecar === null;
    };
    return olds.every(isAway) && news.every(isThere);
  }

  /** Models that went away earlier and may be what came. */
  async #candidates(news: readonly ScannedModel[], gone: ReadonlySet<string>): Promise<Old[]> {
    const paths = new Set<string>();
    const sizes = new Set<number>();
    if (this.#departed.size === 0) return [];
    for await (const slice of inSlices(news)) {
      for (const { file, entry, digest } of slice) {
        for (const path of this.#departed.atPlace(file)) paths.add(path);
        if (digest === 'computed') for (const path of this.#departed.withDigest(entry.sha256)) paths.add(path);
        sizes.add(file.size);
      }
    }
    for (const size of sizes) for (const path of this.#departed.ofSize(size)) paths.add(path);
    const olds: Old[] = [];
    for await (const slice of inSlices([...paths])) {
      for (const path of slice) {
        const row = gone.has(path) ? undefined : this.#departed.get(path);
        if (row !== undefined) olds.push({ ...row, path, isMissing: false });
      }
    }
    return olds;
  }

  /** Enters what recognised models take over, and keeps it as records; tells for which of them that was possible. */
  async #takeOver(matches: readonly Match<Old, ScannedModel>[], how: RecognisedBy): Promise<typeof matches> {
    const takes = await Promise.all(matches.map(({ old, fresh }) => this.#takenOver(old, fresh, how)));
    const models = takes.map((take) => take());
    this.#shelves.enter(models.flatMap((model) => model ?? []));
    await Promise.all(
      matches.map(({ old, fresh }, index) => {
        const isGone = models[index] === undefined;
        return this.#kept(isGone ? this.#remembered.remove(fresh.entry.file_path) : this.#departed.remove(old.path));
      }),
    );
    return matches.filter((_, index) => models[index] !== undefined);
  }

  /**
   * Keeps what a recognised model takes over; the answer makes its row, of that which it has by then: digests arrive and
   * scans go on meanwhile. Undefined when there is none any more.
   */
  async #takenOver(old: Old, fresh: ScannedModel, how: RecognisedBy): Promise<() => ScannedModel | undefined> {
    const { digests } = this.#parts;
    const path = fresh.entry.file_path;
    const known = how === 'place' ? digests.find(old.path, old.model.file) : undefined;
    if (known !== undefined) await this.#kept(digests.keep(path, fresh.file, known));
    const isProbed = how === 'probe' && fresh.sidecar === null && old.model.entry.sha256 !== '';
    const isCarried = takesOver(fresh, old.model) || isProbed;
    const { entry } = old.model;
    if (isCarried) {
      const row = { file: fresh.file, from: old.path, sidecarPath: old.sidecarPath, entry };
      await this.#kept(this.#remembered.put(path, row));
    }
    const preview = isCarried ? await this.#existingPreview(entry.preview_url) : '';
    return () => {
      const row = this.#shelves.rowOf(path);
      if (row === undefined || !isSameFile(row.file, fresh.file)) return undefined;
      const model = known === undefined ? row : withComputedDigest(row, known);
      return isCarried && row.sidecar === null ? withCarriedOver(model, entry, preview) : model;
    };
  }

  /** Settles files of one size by these digests, once all that may be among the candidates have one. */
  async #recognise(size: number, digests: ReadonlySet<string>): Promise<readonly ModelMove[]> {
    const sameSize = this.#shelves.rows().filter(({ file, sidecar }) => file.size === size && sidecar === null);
    if (sameSize.some(({ entry }) => entry.sha256 === '')) {
      this.#deferred.set(size, new Set(digests));
      return [];
    }
    this.#deferred.delete(size);
    const moves: ModelMove[] = [];
    for (const sha256 of digests) {
      const news = sameSize.filter(({ entry, origin, digest }) => {
        return entry.sha256 === sha256 && digest === 'computed' && origin !== 'remembered';
      });
      const olds = this.#departed.withDigest(sha256).flatMap((path): Old[] => {
        const row = this.#departed.get(path);
        return row === undefined || !carriesMetadata(row.model) ? [] : [{ ...row, path, isMissing: false }];
      });
      const [old] = olds;
      const [fresh] = news;
      if (old === undefined || fresh === undefined) continue;
      if (olds.length > 1 || news.length > 1) {
        this.#ambiguities.add({ olds, news });
        continue;
      }
      if ((await this.#takeOver([{ old, fresh }], 'sha256')).length === 0) continue;
      if (old.path !== fresh.entry.file_path) moves.push({ from: old.path, to: fresh.entry.file_path });
    }
    return moves;
  }

  #existingPreview(path: string): Promise<string> {
    return leftPreview(path, this.#parts.roots);
  }

  #oldOf(model: ScannedModel): Old {
    const { digests } = this.#parts;
    const path = model.entry.file_path;
    const sidecarPath = this.#remembered.get(path)?.sidecarPath ?? sidecarPathOf(path);
    const probe = digests.find(path, model.file)?.probe;
    return { path, model, sidecarPath, probe, departedAt: this.#clock.now(), isMissing: true };
  }

  async #depart(old: Pick<Old, 'path' | 'model' | 'sidecarPath' | 'probe'>): Promise<void> {
    const { root, entry, file, sidecar, origin, digest, stamp, aliases } = old.model;
    const model = { root, entry, file, sidecar, origin, digest, stamp, aliases: [...aliases] };
    const row = { model, sidecarPath: old.sidecarPath, probe: old.probe, departedAt: this.#clock.now() };
    await this.#kept(this.#departed.add(old.path, row));
  }

  #keepArrivals(arrived: readonly string[], touched: readonly string[]): void {
    for (const path of arrived) this.#arrivals.add(path);
    for (const path of touched) this.#arrivals.delete(path);
    for (const path of this.#arrivals) {
      if (this.#arrivals.size <= ARRIVALS_KEPT) break;
      this.#arrivals.delete(path);
    }
  }

  /** What cannot be kept still holds in this process. */
  async #kept(writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      (this.#parts.logger ?? silentLogger).error('What is known of moved models could not be kept.', { error });
    }
  }

  #oneByOne<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(work);
    this.#busy = result.catch(() => undefined);
    return result;
  }
}
