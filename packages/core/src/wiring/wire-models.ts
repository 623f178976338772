import { followKept } from '../catalog/enter-models.js';
import { indexHealthOf } from '../catalog/index-store/index-health.js';
import { StoredModels } from '../catalog/index-store/stored-models.js';
import { ItemFragments } from '../catalog/item-fragments.js';
import { ModelCatalog } from '../catalog/model-catalog.js';
import { ModelShelves } from '../catalog/model-shelves.js';
import { ModelScanner, type ScanResult } from '../catalog/model-scanner.js';
import { ModelMoves, type ModelMove } from '../catalog/moves/model-moves.js';
import { TouchedPaths } from '../catalog/touched-paths.js';
import { resolveRoots } from '../disk/resolve-roots.js';
import { deepestRootOf } from '../disk/deepest-root-of.js';
import { scanInWorker } from '../disk/scan-in-worker.js';
import type { ScanJob } from '../disk/scan-job.js';
import type { ModelService } from '../handlers/model-service.js';
import type { ModelType } from '../model-types/model-type.js';
import type { KnownDigest } from '../ports/digest-records.js';
import { memoryRecordLog } from '../ports/record-log.js';
import { Commit } from '../services/commit.js';
import { ModelMetadataReader } from '../services/metadata/model-metadata-reader.js';
import { ReadOnlyMetadata, type ReadOnlyRow } from '../services/read-only/read-only-metadata.js';
import type { TrashedType } from '../services/trash/open-trash-batch.js';
import type { TrashService } from '../services/trash/trash-service.js';
import { RootWatcherService } from '../services/watching/root-watcher-service.js';
import { ScanModelsUseCase } from '../use-cases/scan-models-use-case.js';
import type { ModelRoot } from '../shapes/scan.js';
import { SKIPPED_FOLDERS } from './skipped-folders.js';
import { createChangeTeller } from './tell-changes.js';
import { wireModelWrites } from './wire-model-writes.js';
import type { SharedParts } from './shared-parts.js';
import type { WiringParts } from './wiring-parts.js';

/** Some eighty thousand list items; the oldest go first. */
const FRAGMENT_BYTES = 64 * 1024 * 1024;

/** One model type behind its routes, with what runs beside them. */
export interface WiredModels {
  readonly service: ModelService;
  /** The type as the trash knows it. */
  readonly trashed: TrashedType;
  /** Real paths that links below the roots lead to. */
  readonly linkTargets: () => ReadonlySet<string>;
  /** Lists what was kept, or scans, and begins to watch. Rejects when the first scan failed. */
  start(): Promise<void>;
  /** Clients hear of digests that were entered. */
  readonly onDigestsEntered: () => void;
  readonly onDigest: (path: string, digest: KnownDigest) => void;
  /** Ends watches and waits for scans. */
  close(): Promise<void>;
  /** Resolves when what the last digests led to is written; to be called when no more of them arrive. */
  settled(): Promise<void>;
}

/** What is there once for all model types. */
interface ModelSurroundings {
  readonly onScanned: () => void;
  readonly digestNow: (path: string) => Promise<string>;
  readonly trash: () => TrashService;
}

/** Builds everything behind the routes of one model type. */
export async function wireModels(
  parts: WiringParts,
  modelType: ModelType,
  shared: SharedParts,
  { onScanned, digestNow, trash }: ModelSurroundings,
): Promise<WiredModels> {
  const { options, progress, clock, logger, signal } = parts;
  const { settings, records } = shared;
  const { prefix } = modelType;
  const { folder_paths, extra_folder_paths, model_name_display } = settings.current();
  const folders = { primary: options.roots ?? folder_paths, extra: options.extraRoots ?? extra_folder_paths };
  const roots = await resolveRoots(modelType.rootCategories, folders, logger);
  const { usage, digests, index } = records;
  const [listed, excluded] = [0, 1].map(
    () => new ModelCatalog({ modelType, roots, nameDisplay: model_name_display, usage }),
  ) as [ModelCatalog, ModelCatalog];
  const shelves = new ModelShelves(listed, excluded);
  const moves = new ModelMoves({ listed, excluded, roots, digests, ...records.moves.get(prefix), clock, logger });
  const job: ScanJob = {
    roots,
    extensions: modelType.extensions,
    skippedFolders: SKIPPED_FOLDERS,
    defaults: {
      from_civitai: modelType.defaults.fromCivitai,
      sub_type: modelType.subTypeFromCivitai ? null : modelType.defaultSubType,
      usage_tips: modelType.defaults.usageTips,
    },
  };
  const rootOf = (path: string): ModelRoot | undefined => deepestRootOf(roots, path);
  const log = records.readOnly.get(prefix) ?? memoryRecordLog<ReadOnlyRow>();
  const kept = new ReadOnlyMetadata({ log, rootOf, defaults: job.defaults, files: shared.files, logger });
  const touched = new TouchedPaths();
  const scanner = new ModelScanner({
    listed,
    excluded,
    digests,
    moves,
    roots: records.roots,
    scanDisk: scanInWorker,
    job,
    kept,
    touched,
  });
  const scope = { type: modelType.name, roots: roots.map(({ id, path, subType }) => ({ id, path, subType })) };
  const stored = new StoredModels({ listed, excluded, store: index, scope, digests });
  const keep = (upserts: readonly string[], removals: readonly string[]): void => {
    stored.keep(upserts, removals).catch((error: unknown) => {
      logger.warn('The index could not be written; the next start scans more than it need.', { type: prefix, error });
    });
  };
  const changes = createChangeTeller(progress, prefix, listed);
  const scans = new ScanModelsUseCase({
    modelType,
    roots,
    scanner,
    hydrate: async () => {
      const load = await stored.hydrate();
      // A row that was stored before may know nothing of what was edited last.
      shelves.enter([...kept.paths()].flatMap((path) => shelves.rowOf(path) ?? []).map((row) => kept.apply(row)));
      const health = indexHealthOf(prefix, load);
      if (health !== undefined) progress.publish('index_health', prefix, health);
      changes.tell();
      return listed.size + excluded.size;
    },
    hasRows: (id) => shelves.hasRowsOf(id),
    clock,
    logger,
    signal,
    onProgress: (snapshot) => {
      progress.publish('scan', prefix, snapshot);
      // What a scan entered before it was ended stays.
      if (snapshot.status === 'cancelled' || snapshot.status === 'error') changes.tell();
    },
    onScanned: (result: ScanResult) => {
      keep(result.upserts, result.removals);
      changes.tell(result);
      onScanned();
    },
  });
  const watching = new RootWatcherService({
    roots,
    extensions: modelType.extensions,
    skippedFolders: SKIPPED_FOLDERS,
    scan: (ids) => scans.execute({ roots: ids, fresh: true }),
    clock,
    logger,
  });
  let telling: Promise<unknown> = Promise.resolve();
  const tellMoves = async (moved: readonly ModelMove[]): Promise<void> => {
    if (moved.length === 0) return;
    await followKept(moved, { shelves, kept });
    keep(
      moved.map(({ to }) => to),
      [],
    );
    changes.tell({ moved });
  };
  const commit = new Commit({
    shelves,
    digests,
    moves,
    kept,
    job,
    touched,
    rootOf,
    keep: (upserts, removals) => stored.keep(upserts, removals),
    tell: (change) => changes.tell(change),
    onUndigested: onScanned,
    logger,
  });
  const { writes, trashed } = wireModelWrites(parts, shared, {
    modelType,
    roots,
    listed,
    excluded,
    shelves,
    commit,
    left: moves,
    kept,
    digestNow,
    trash,
  });
  return {
    trashed,
    service: {
      modelType,
      roots,
      catalog: listed,
      excluded,
      fragments: new ItemFragments(modelType, FRAGMENT_BYTES),
      scans,
      metadata: new ModelMetadataReader(modelType.label, moves, kept),
      writes,
      settings,
      usage,
      publishTriggerWords: (words) => progress.publish('trigger_words', String(words.id), words),
      random: Math.random,
    },
    linkTargets: () => scanner.linkTargets,
    start: async () => {
      try {
        await scans.start();
      } finally {
        watching.begin();
      }
    },
    onDigestsEntered: () => changes.tell(),
    onDigest: (path, digest) => {
      const told = moves.onDigest(path, digest).then(tellMoves);
      const settled = told.catch((error: unknown) => {
        logger.error('A moved model could not be recognised.', { path, error });
      });
      telling = Promise.all([telling, settled]);
    },
    close: async () => {
      await watching.close();
      await scans.settled();
    },
    settled: async () => {
      await moves.settled();
      await telling;
      await stored.settled();
    },
  };
}
