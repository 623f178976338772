import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { toFetchHandler } from '../../../src/fetch.js';
import {
  createModelLibrary,
  defineExtension,
  defineRoutes,
  type ModelLibrary,
  type ModelLibraryOptions,
} from '../../../src/index.js';
import { PICTURES } from '../../disk/sample-images.js';
import { safetensors, sidecar, temporaryFolder, writeFiles } from '../temp-library.js';
import { treeDigest, type TreeDigest } from './tree-digest.js';

const twins = safetensors({ twin: 'yes' });

/** What nobody who asks may learn. */
export const SECRET = 'nobody may read this';

export const PREFIXES = ['loras', 'checkpoints', 'embeddings'] as const;
export type Prefix = (typeof PREFIXES)[number];

/** The model of each type that well-meant requests are about. */
export const MODEL_OF: Readonly<Record<Prefix, string>> = {
  loras: 'loras/deep/ink.safetensors',
  checkpoints: 'checkpoints/deep/big.safetensors',
  embeddings: 'embeddings/deep/neg.pt',
};

const beside = (stem: string): Record<string, string | Buffer> => ({
  [`${stem}.metadata.json`]: sidecar({ notes: 'mine', tags: ['style'], _unknown: { deep: [1] } }),
  [`${stem}.png`]: PICTURES.png,
  [`${stem}.civitai.info`]: '{"id":1}',
});

/** Below the roots: models with what belongs to them, and what only looks like one. */
const inside = {
  [MODEL_OF.loras]: safetensors({ at: 'ink' }),
  ...beside('loras/deep/ink'),
  'loras/twins/one.safetensors': twins,
  'loras/twins/two.safetensors': twins,
  'loras/caf\u00e9.safetensors': safetensors({ at: 'nfc' }),
  'loras/plain.safetensors': safetensors({ at: 'plain' }),
  'loras/notes.txt': 'no model',
  'loras/folder.safetensors/inner.txt': 'in a folder with the name of a model',
  [MODEL_OF.checkpoints]: safetensors({ at: 'big' }),
  ...beside('checkpoints/deep/big'),
  [MODEL_OF.embeddings]: 'pickle',
  ...beside('embeddings/deep/neg'),
};

const outside = {
  'outside/secret.safetensors': safetensors({ secret: SECRET }),
  'outside/secret.metadata.json': sidecar({ notes: SECRET }),
  'outside/secret.png': SECRET,
  'outside/empty/keep.txt': '',
  'loras2/neighbour.safetensors': safetensors({ at: 'beside a root whose name its own begins with' }),
};

/** Where folders and files of a writing library lie. */
export interface WritingLibrary {
  readonly library: ModelLibrary;
  readonly folder: string;
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  /** Everything below and outside the roots, as it is on disk now. */
  readonly disk: () => Promise<TreeDigest>;
  /** The counters of all catalogs: equal when no row changed. */
  readonly versions: () => Promise<readonly number[]>;
}

/** A library that was read and hashed completely, in a folder with much outside it, and links that no scan has seen. */
export async function openWritingLibrary(options: ModelLibraryOptions = {}): Promise<WritingLibrary> {
  const folder = await temporaryFolder();
  const dataDir = await temporaryFolder();
  await writeFiles(folder, { ...inside, ...outside, 'settings.json': '{"language":"de"}' });
  await mkdir(join(folder, 'loras/empty'));
  const library = createModelLibrary({
    roots: Object.fromEntries(PREFIXES.map((prefix) => [prefix, [join(folder, prefix)]])),
    dataDir,
    settingsFile: join(folder, 'settings.json'),
    digests: false,
    extensions: [versionsExtension],
    ...options,
  });
  onTestFinished(() => library.close());
  await library.ready;
  for (const prefix of PREFIXES) await library.digestAll(prefix);
  // What a scan finds links to belongs to the library.
  await symlink(join(folder, 'outside/secret.safetensors'), join(folder, 'loras/escape.safetensors'));
  await symlink(join(folder, 'outside'), join(folder, 'loras/up'));
  await writeFile(join(folder, 'loras/late.safetensors'), 'no scan has seen it');
  const handle = toFetchHandler(library);
  const send: WritingLibrary['send'] = (path, init) => handle(new Request(`http://127.0.0.1${path}`, init));
  return {
    library,
    folder,
    send,
    disk: () => treeDigest([folder]),
    versions: async () => z.array(z.number()).parse(await (await send('/api/versions')).json()),
  };
}

const versionRoutes = defineRoutes([
  {
    handler: 'getVersions',
    methods: ['GET'],
    path: '/api/versions',
    scope: 'library',
    effect: 'read',
    summary: 'How often the catalogs changed.',
    reply: z.array(z.number()),
  },
]);

/** Tells of the catalogs behind the routes. */
const versionsExtension = defineExtension({
  routes: versionRoutes,
  handlers: ({ models }) => ({
    getVersions: () => ({
      kind: 'json',
      body: PREFIXES.map((prefix) => {
        const catalog = models(prefix);
        if (catalog instanceof ModelCatalog) return catalog.version;
        throw new Error('an extension is shown something else than the catalog');
      }),
    }),
  }),
});

/** A request with a JSON body; text is sent as it is. */
export const json = (body: unknown): RequestInit => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
