import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../../src/catalog/model-scanner.js';
import { ModelShelves } from '../../../src/catalog/model-shelves.js';
import { ModelMoves } from '../../../src/catalog/moves/model-moves.js';
import { TouchedPaths } from '../../../src/catalog/touched-paths.js';
import { FileEngine } from '../../../src/disk/file-engine.js';
import { memoryDigestRecords } from '../../../src/disk/memory-digest-records.js';
import { runScan } from '../../../src/disk/run-scan.js';
import { ModelEditHandler } from '../../../src/handlers/model-edit-handler.js';
import { validateCall } from '../../../src/http/validate.js';
import { lora } from '../../../src/model-types/built-in-model-types.js';
import type { Call } from '../../../src/ports/call.js';
import { systemClock } from '../../../src/ports/clock.js';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { memoryRecordLog } from '../../../src/ports/record-log.js';
import { METADATA_EDIT_ROUTE_DEFINITIONS } from '../../../src/routes/metadata-edit-route-definitions.js';
import type { RouteOutput } from '../../../src/routes/route-io.js';
import { Commit, type ToldChange } from '../../../src/services/commit.js';
import { BulkEditService } from '../../../src/services/metadata-sync/bulk-edit-service.js';
import { MetadataSyncService } from '../../../src/services/metadata-sync/metadata-sync-service.js';
import { SidecarEditor } from '../../../src/services/metadata-sync/sidecar-editor.js';
import { ModelMutations } from '../../../src/services/model-mutations.js';
import { ReadOnlyMetadata, type ReadOnlyRow } from '../../../src/services/read-only/read-only-metadata.js';
import { TagUpdateService } from '../../../src/services/tags/tag-update-service.js';
import type { CatalogEntry } from '../../../src/shapes/catalog-entry.js';
import { settingsSchema } from '../../../src/shapes/settings.js';
import type { ModelRoot } from '../../../src/shapes/scan.js';
import { jobOver, root, tempFolder } from '../../disk/temp-library.js';

type Definition = (typeof METADATA_EDIT_ROUTE_DEFINITIONS)[number];
type Name = Definition['handler'];
type Answer<N extends Name> = RouteOutput<Extract<Definition, { readonly handler: N }>>;

interface EditLibraryOptions {
  readonly files?: Partial<FileOperations>;
  readonly readOnly?: boolean;
  /** Outlives the process. */
  readonly log?: ReturnType<typeof memoryRecordLog<ReadOnlyRow>>;
}

/** One model type over one folder with everything that edits metadata, wired as in real life. */
export function editLibrary(folder: string, options: EditLibraryOptions = {}) {
  const roots: readonly ModelRoot[] = [{ ...root(folder), readOnly: options.readOnly === true }];
  const files: FileOperations = { ...nodeFileOperations, ...options.files };
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const shelves = new ModelShelves(listed, excluded);
  const digests = memoryDigestRecords();
  const moves = new ModelMoves({ listed, excluded, roots, digests });
  const job = jobOver(...roots);
  const log = options.log ?? memoryRecordLog<ReadOnlyRow>();
  const kept = new ReadOnlyMetadata({ log, rootOf: (path) => mutations.rootOf(path), defaults: job.defaults });
  const told: ToldChange[] = [];
  const rows: (readonly string[])[] = [];
  const engine = new FileEngine({
    dataDir: tempFolder(),
    files,
    clock: systemClock,
    logger: silentLogger,
    roots: () => [folder],
  });
  onTestFinished(() => engine.close());
  const commit = new Commit({
    shelves,
    digests,
    moves,
    kept,
    job,
    touched: new TouchedPaths(),
    rootOf: (path) => mutations.rootOf(path),
    keep: async (upserts) => void rows.push(upserts),
    tell: (change) => told.push(change),
    logger: silentLogger,
  });
  const mutations: ModelMutations = new ModelMutations({
    modelType: lora,
    roots,
    catalog: listed,
    shelves,
    modelExtensions: new Set(job.extensions),
    engine,
    files,
    commit,
  });
  const editor = new SidecarEditor({
    files,
    catalogs: [listed, excluded],
    left: moves,
    kept,
    isReadOnly: (path) => mutations.isReadOnly(path),
  });
  const sync = new MetadataSyncService({ mutations, editor });
  const bulkEdits = new BulkEditService({ mutations, editor, catalog: listed });
  const handler = new ModelEditHandler({
    modelType: lora,
    settings: { current: () => settingsSchema.parse({}) },
    metadataSync: sync,
    tags: new TagUpdateService(sync),
    bulkEdits,
  });
  const scanner = new ModelScanner({ listed, excluded, job, scanDisk: scanHere, digests, moves, kept });
  const signal = new AbortController().signal;
  return {
    listed,
    excluded,
    moves,
    kept,
    log,
    editor,
    sync,
    bulkEdits,
    mutations,
    told,
    rows,
    scan: (full = false) => scanner.scan({ onCounted: () => undefined, onHandled: () => undefined }, { signal, full }),
    entry: (path: string): Readonly<CatalogEntry> => {
      const entry = listed.find(path) ?? excluded.find(path);
      if (entry === undefined) throw new Error(`not in the library: ${path}`);
      return entry;
    },
    /** A request as the routes check and answer it. */
    call: async <N extends Name>(name: N, input: object, end = signal): Promise<Answer<N>> => {
      const definition = METADATA_EDIT_ROUTE_DEFINITIONS.find(({ handler: each }) => each === name);
      if (definition === undefined) throw new Error(name);
      const checked = validateCall(definition, input);
      const call = { signal: end, basePath: '', path: '', principal: undefined } as unknown as Call;
      const reply = await handler[name](checked as never, call);
      if (reply.kind !== 'json') throw new Error(reply.kind);
      return definition.reply.parse(reply.body) as Answer<N>;
    },
  };
}

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

/** What a sidecar on disk says. */
export function sidecarAt(folder: string, name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;
}

/** Every file below a folder with its bytes; what is the library's own apart. */
export function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile() && !join(each.parentPath, each.name).includes('.modelshelf/'))
    .map((each) => join(each.parentPath, each.name));
  return Object.fromEntries(names.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, 'latin1')]));
}
