import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CatalogRecord } from '../../../src/catalog/catalog-record.js';
import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { ModelScanner } from '../../../src/catalog/model-scanner.js';
import { ModelShelves } from '../../../src/catalog/model-shelves.js';
import { ModelMoves } from '../../../src/catalog/moves/model-moves.js';
import { TouchedPaths } from '../../../src/catalog/touched-paths.js';
import { FileEngine } from '../../../src/disk/file-engine.js';
import { memoryDigestRecords } from '../../../src/disk/memory-digest-records.js';
import { runScan } from '../../../src/disk/run-scan.js';
import { ModelPreviewHandler } from '../../../src/handlers/model-preview-handler.js';
import { lora } from '../../../src/model-types/built-in-model-types.js';
import { systemClock } from '../../../src/ports/clock.js';
import { nodeFileOperations, type FileOperations } from '../../../src/ports/file-operations.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { GuardedOutbound } from '../../../src/providers/guarded-outbound.js';
import { PREVIEW_EDIT_ROUTE_DEFINITIONS } from '../../../src/routes/preview-edit-route-definitions.js';
import { Commit } from '../../../src/services/commit.js';
import { SidecarEditor } from '../../../src/services/metadata-sync/sidecar-editor.js';
import { ModelMutations } from '../../../src/services/model-mutations.js';
import {
  PreviewReplacementService,
  type PreviewReplacementParts,
} from '../../../src/services/preview-assets/preview-replacement-service.js';
import { passThrough } from '../../../src/services/preview-assets/sharp-optimizer.js';
import { jobOver, put, root, tempFolder } from '../../disk/temp-library.js';
import { bind, serve } from '../../http/serve.js';

/** What a test may have otherwise than in real life. */
export interface ShelfOptions extends Partial<Omit<PreviewReplacementParts, 'mutations' | 'drafts'>> {
  readonly files?: FileOperations;
  readonly fileLimit?: number;
  readonly readOnly?: boolean;
}

/** Loras in a folder, with everything that previews are replaced by, and the two routes on a real socket. */
export async function previewShelf(content: Readonly<Record<string, string | Buffer>>, options: ShelfOptions = {}) {
  const { files = nodeFileOperations, fileLimit = 64 * 1024 * 1024, readOnly = false, ...parts } = options;
  const folder = tempFolder();
  const uploadFolder = tempFolder();
  for (const [name, bytes] of Object.entries(content)) put(folder, name, bytes);
  const roots = [{ ...root(folder), readOnly }];
  const catalogOf = (): ModelCatalog => new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  const [listed, excluded] = [catalogOf(), catalogOf()];
  const digests = memoryDigestRecords();
  const shelves = new ModelShelves(listed, excluded);
  const moves = new ModelMoves({ listed, excluded, roots, digests });
  const touched = new TouchedPaths();
  const job = jobOver(...roots);
  const scanner = new ModelScanner({
    listed,
    excluded,
    job,
    scanDisk: async (scanJob, listener) => {
      const told: (() => void | Promise<void>)[] = [];
      const outcome = runScan(scanJob, {
        checkpoint: () => undefined,
        counted: (total, targets) => void told.push(() => listener.onCounted(total, targets)),
        models: (...chunk) => void told.push(() => listener.onModels(...chunk)),
      });
      for (const tell of told) await tell();
      return outcome;
    },
    digests,
    moves,
    touched,
  });
  await scanner.scan(
    { onCounted: () => undefined, onHandled: () => undefined },
    { signal: new AbortController().signal },
  );

  const engine = new FileEngine({
    dataDir: tempFolder(),
    files,
    clock: systemClock,
    logger: silentLogger,
    roots: () => [folder],
  });
  onTestFinished(() => engine.close());
  const mutations: ModelMutations = new ModelMutations({
    modelType: lora,
    roots,
    catalog: listed,
    shelves,
    modelExtensions: new Set(['.safetensors', '.ckpt']),
    engine,
    files,
    commit: new Commit({
      shelves,
      digests,
      moves,
      job,
      touched,
      rootOf: (path) => mutations.rootOf(path),
      keep: async () => undefined,
      tell: () => undefined,
      logger: silentLogger,
    }),
  });
  const drafts = new SidecarEditor({
    files,
    catalogs: [listed, excluded],
    left: { sidecarPathOf: () => undefined },
    kept: { sidecarOf: () => undefined, put: async () => undefined },
    isReadOnly: (path) => mutations.isReadOnly(path),
  });
  const previews = new PreviewReplacementService({
    optimizer: passThrough,
    outbound: new GuardedOutbound({ allowPrivateAddresses: true }),
    uploadFolder,
    ...parts,
    mutations,
    drafts,
  });
  const handler = new ModelPreviewHandler(previews);
  const [replace, fromUrl] = PREVIEW_EDIT_ROUTE_DEFINITIONS;
  const url = await serve(
    [bind(replace, handler.replacePreview, 'loras'), bind(fromUrl, handler.setPreviewFromUrl, 'loras')],
    {
      limits: { json: 10_000, file: fileLimit, parts: 20 },
    },
  );
  return {
    folder,
    url,
    uploadFolder,
    previews,
    pathOf: (name: string) => join(folder, name),
    row: (name: string): CatalogRecord => {
      const row = shelves.rowOf(join(folder, name));
      if (row === undefined) throw new Error(`not listed: ${name}`);
      return row;
    },
    sidecar: (stem: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(folder, `${stem}.metadata.json`), 'utf8')),
    names: () => visibleNames(folder),
    /** Every file and its bytes. */
    disk: () =>
      Object.fromEntries(visibleNames(folder).map((name) => [name, readFileSync(join(folder, name), 'base64')])),
    uploads: () => readdirSync(uploadFolder),
    replace: (form: FormData) => post(`${url}${replace.path}`, form),
    fromUrl: (body: unknown) => post(`${url}${fromUrl.path}`, JSON.stringify(body)),
  };
}

/** Without what is ours: the writer's lock. */
const visibleNames = (folder: string): string[] => readdirSync(folder).filter((name) => name !== '.modelshelf');

async function post(url: string, body: FormData | string) {
  const headers = typeof body === 'string' ? { 'content-type': 'application/json' } : undefined;
  const response = await fetch(url, { method: 'POST', body, ...(headers && { headers }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The form of an upload, its parts in the order given. */
export function form(parts: Readonly<Record<string, string | Buffer>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(parts)) {
    // Name and type lie: content decides.
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, new Blob([Uint8Array.from(value)], { type: 'text/html' }), '../../preview.svg');
  }
  return data;
}
