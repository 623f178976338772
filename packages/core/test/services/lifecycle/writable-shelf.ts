import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CatalogRecord } from '../../../src/catalog/catalog-record.js';
import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../../src/catalog/model-scanner.js';
import { ModelShelves } from '../../../src/catalog/model-shelves.js';
import { ModelMoves } from '../../../src/catalog/moves/model-moves.js';
import { TouchedPaths } from '../../../src/catalog/touched-paths.js';
import { FileEngine } from '../../../src/disk/file-engine.js';
import { memoryDigestRecords } from '../../../src/disk/memory-digest-records.js';
import { runScan } from '../../../src/disk/run-scan.js';
import { lora } from '../../../src/model-types/built-in-model-types.js';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { Commit, type ToldChange } from '../../../src/services/commit.js';
import { DedupeService } from '../../../src/services/dedupe/dedupe-service.js';
import { ModelLifecycleService } from '../../../src/services/lifecycle/model-lifecycle-service.js';
import { SidecarEditor } from '../../../src/services/metadata-sync/sidecar-editor.js';
import { ModelMutations } from '../../../src/services/model-mutations.js';
import { TrashService } from '../../../src/services/trash/trash-service.js';
import { jobOver, put, root, safetensors, tempFolder } from '../../disk/temp-library.js';

/** Content that makes a model of its own. */
export const weights = (text: string): Buffer => safetensors({}, Buffer.from(text));

export const sha256Of = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

interface ShelfOptions {
  readonly files?: FileOperations;
  /** Replaces the reading of a file. */
  readonly digest?: (path: string) => Promise<string>;
  readonly retentionDays?: number;
}

/** A folder with roots, below which several processes may begin one after the other. */
export function shelfFolder(rootNames: readonly string[] = ['loras']) {
  const folder = tempFolder();
  const roots = rootNames.map((name, index) => root(join(folder, name), `loras-${String(index)}`));
  const now = { ms: Date.now() };
  return {
    folder,
    now,
    at: (name: string): string => join(folder, name),
    put: (name: string, content?: string | Buffer): string => put(folder, name, content),
    /** Every file below the folder but locks, with its content; links with what they lead to. */
    snapshot: () => snapshot(folder),
    /** The names of every file below the folder but those of the library itself. */
    names: () => Object.keys(snapshot(folder)).filter((name) => !name.includes('.modelshelf/')),
    open: (options: ShelfOptions = {}) => openShelf(folder, roots, now, options),
  };
}

function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (at: string): void => {
    for (const { name } of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, name);
      const below = relative(folder, path);
      if (below === 'data' || name === 'writer.lock') continue;
      const status = lstatSync(path);
      if (status.isDirectory()) walk(path);
      else found[below] = status.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path).toString('latin1');
    }
  };
  walk(folder);
  return found;
}

async function openShelf(
  folder: string,
  roots: readonly ReturnType<typeof root>[],
  now: { readonly ms: number },
  { files = nodeFileOperations, digest = async (path) => sha256Of(path), retentionDays }: ShelfOptions,
) {
  const clock = { now: () => now.ms };
  const logger = silentLogger;
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const shelves = new ModelShelves(listed, excluded);
  const digests = memoryDigestRecords();
  const moves = new ModelMoves({ listed, excluded, roots, digests });
  const job = { ...jobOver(...roots), skippedFolders: ['.lm-pending-delete', '.modelshelf'] };
  const touched = new TouchedPaths();
  const told: ToldChange[] = [];
  const engine = new FileEngine({
    dataDir: join(folder, 'data'),
    files,
    clock,
    logger,
    roots: () => roots.map(({ path }) => path),
  });
  onTestFinished(() => engine.close());
  const recovered = await engine.recover();
  const rootOf = (path: string) => mutations.rootOf(path);
  const commit = new Commit({
    shelves,
    digests,
    moves,
    job,
    touched,
    rootOf,
    keep: async () => undefined,
    tell: (change) => told.push(change),
    logger,
  });
  const modelExtensions = new Set(['.safetensors', '.ckpt']);
  const mutations: ModelMutations = new ModelMutations({
    modelType: lora,
    roots,
    catalog: listed,
    shelves,
    modelExtensions,
    engine,
    files,
    commit,
  });
  const drafts = new SidecarEditor({
    files,
    catalogs: [listed, excluded],
    left: moves,
    kept: { sidecarOf: () => undefined, put: async () => undefined },
    isReadOnly: () => false,
  });
  const type = { mutations, drafts };
  const trash = new TrashService({ types: [type], files, clock, logger, retentionDays });
  const openTrash = () => trash.openBatch(type);
  const lifecycle = new ModelLifecycleService({ mutations, drafts, files, openTrash, digest, logger });
  const dedupe = new DedupeService({ mutations, catalog: listed, files, openTrash, digest, logger });
  const scanDisk: ScanDisk = async (scanJob, listener) => {
    const tell: (() => void | Promise<void>)[] = [];
    const outcome = runScan(scanJob, {
      checkpoint: () => undefined,
      counted: (total, targets) => void tell.push(() => listener.onCounted(total, targets)),
      models: (...chunk) => void tell.push(() => listener.onModels(...chunk)),
    });
    for (const each of tell) await each();
    return outcome;
  };
  const scanner = new ModelScanner({ listed, excluded, job, scanDisk, digests, moves, touched });
  const scan = () =>
    scanner.scan({ onCounted: () => undefined, onHandled: () => undefined }, { signal: new AbortController().signal });
  await scan();
  return {
    listed,
    engine,
    mutations,
    trash,
    lifecycle,
    dedupe,
    told,
    recovered,
    scan,
    paths: (): string[] =>
      shelves
        .rows()
        .map(({ entry }) => relative(folder, entry.file_path))
        .sort(),
    row: (path: string): CatalogRecord => {
      const row = shelves.rowOf(path);
      if (row === undefined) throw new Error(`not listed: ${path}`);
      return row;
    },
    /** Everything that listings, counts and the hash index say. */
    state: () => ({
      entries: shelves
        .rows()
        .map(({ entry, origin, digest: how }) => ({ entry, origin, how }))
        .sort((a, b) => (a.entry.file_path < b.entry.file_path ? -1 : 1)),
      tags: listed.rankedTags().map(({ value, count }) => `${value} ${String(count)}`),
      folders: [...listed.folders()],
    }),
    /** Enters the digests of every model, as the background does. */
    digestAll: async (): Promise<void> => {
      for (const { entry, file } of shelves.rows()) {
        const known = { sha256: sha256Of(entry.file_path) };
        await digests.keep(entry.file_path, file, known);
        listed.setDigest(entry.file_path, file, known);
      }
    },
  };
}
