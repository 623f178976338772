import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../../src/catalog/model-scanner.js';
import { ModelShelves } from '../../../src/catalog/model-shelves.js';
import { ModelMoves } from '../../../src/catalog/moves/model-moves.js';
import { TouchedPaths } from '../../../src/catalog/touched-paths.js';
import { FileEngine } from '../../../src/disk/file-engine.js';
import { memoryDigestRecords } from '../../../src/disk/memory-digest-records.js';
import { runScan } from '../../../src/disk/run-scan.js';
import { TargetFolders } from '../../../src/disk/target-folders.js';
import type { ModelType } from '../../../src/model-types/model-type.js';
import { builtInModelTypes, lora } from '../../../src/model-types/built-in-model-types.js';
import { systemClock } from '../../../src/ports/clock.js';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';
import { silentLogger, type Logger } from '../../../src/ports/logger.js';
import { Commit } from '../../../src/services/commit.js';
import { ModelMutations } from '../../../src/services/model-mutations.js';
import { ModelRelocations } from '../../../src/services/model-relocation.js';
import { ModelMoveService } from '../../../src/services/move/model-move-service.js';
import { ModelFileService } from '../../../src/services/organise/model-file-service.js';
import type { OrganizeSettings } from '../../../src/services/organise/organize-settings.js';
import type { OrganizeProgress } from '../../../src/shapes/organize-progress.js';
import type { ModelRoot } from '../../../src/shapes/scan.js';
import { jobOver, root, tempFolder } from '../../disk/temp-library.js';

const signal = new AbortController().signal;
const SKIPPED = ['.modelshelf', '.lm-pending-delete'];
const modelExtensions = new Set(builtInModelTypes.flatMap(({ extensions }) => [...extensions]));

/** Scans in this thread. */
const scanHere: ScanDisk = async (job, listener) => {
  const told: (() => void | Promise<void>)[] = [];
  const outcome = runScan(job, {
    checkpoint: () => undefined,
    counted: (total, targets) => void told.push(() => listener.onCounted(total, targets)),
    models: (...chunk) => void told.push(() => listener.onModels(...chunk)),
  });
  for (const tell of told) await tell();
  return outcome;
};

interface ShelfOptions {
  readonly modelType?: ModelType;
  readonly roots?: readonly ModelRoot[];
  readonly files?: Partial<FileOperations>;
  readonly settings?: Partial<Omit<OrganizeSettings, 'templateOf'>> & { readonly template?: string };
  readonly logger?: Logger;
}

/** One model type over folders, with everything that moves its models, as it is wired in real life. */
export async function organisedShelf(folder: string, options: ShelfOptions = {}) {
  const { modelType = lora, roots = [root(folder)], settings = {}, logger = silentLogger } = options;
  const files: FileOperations = { ...nodeFileOperations, ...options.files };
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const shelves = new ModelShelves(listed, excluded);
  const digests = memoryDigestRecords();
  const moves = new ModelMoves({ listed, excluded, roots, digests });
  const touched = new TouchedPaths();
  const job = { ...jobOver(...roots), extensions: modelType.extensions, skippedFolders: SKIPPED };
  const scanner = new ModelScanner({ listed, excluded, job, scanDisk: scanHere, digests, moves, touched });
  const engine = new FileEngine({
    dataDir: tempFolder(),
    files,
    clock: systemClock,
    logger,
    roots: () => roots.map(({ path }) => path),
  });
  onTestFinished(() => engine.close());
  const commit = new Commit({
    shelves,
    digests,
    moves,
    job,
    touched,
    rootOf: (path) => mutations.rootOf(path),
    keep: async () => undefined,
    tell: () => undefined,
    logger,
  });
  const mutations: ModelMutations = new ModelMutations({
    modelType,
    roots,
    catalog: listed,
    shelves,
    modelExtensions,
    engine,
    files,
    commit,
  });
  const targets = new TargetFolders(roots, SKIPPED);
  const relocations = new ModelRelocations({ mutations, files });
  const organizeSettings: OrganizeSettings = {
    templateOf: () => settings.template ?? '{base_model}/{first_tag}',
    baseModelPathMappings: {},
    priorityTags: {},
    exclusions: [],
    ...settings,
  };
  const fileService = new ModelFileService({
    mutations,
    relocations,
    targets,
    catalog: listed,
    settings: () => organizeSettings,
    history: engine.history,
    logger,
  });
  const moveService = new ModelMoveService({
    mutations,
    relocations,
    targets,
    defaultFolderOf: (model) => fileService.defaultFolderOf(model),
    logger,
  });
  const scan = () => scanner.scan({ onCounted: () => undefined, onHandled: () => undefined }, { signal });
  await scan();
  const progress: OrganizeProgress[] = [];
  return {
    listed,
    excluded,
    engine,
    mutations,
    fileService,
    moveService,
    /** Snapshots of every run, in order. */
    progress,
    scan,
    organise: (request: Parameters<ModelFileService['autoOrganize']>[0] = {}, during = signal) =>
      fileService.autoOrganize(request, { signal: during, onProgress: (each) => progress.push(each) }),
    /** Paths of all rows below the folder, listed ones and excluded ones. */
    rows: () =>
      [...listed.records(), ...excluded.records()].map(({ entry }) => relative(folder, entry.file_path)).sort(),
  };
}

/** Every file and folder below a folder, folders with a `/` behind them. */
export function treeOf(folder: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(folder).filter((each) => !SKIPPED.includes(each))) {
    const path = join(folder, name);
    const isFolder = lstatSync(path).isDirectory();
    found.push(isFolder ? `${name}/` : name);
    if (isFolder) found.push(...treeOf(path).map((below) => `${name}/${below}`));
  }
  return found.sort();
}

/** The files below a folder, without the folders. */
export const filesOf = (folder: string): string[] =>
  existsSync(folder) ? treeOf(folder).filter((path) => !path.endsWith('/')) : [];
