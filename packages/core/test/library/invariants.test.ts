import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { COMMON_ROUTE_DEFINITIONS } from '../../src/index.js';
import { toFetchHandler } from '../../src/fetch.js';
import { goodRequest, shelf } from './shelf.js';
import { allDigested, allLoras, heard, pathsOf, standingFolder } from './standing-folder.js';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

const PREFIXES = ['loras', 'checkpoints', 'embeddings'];

describe('routes', () => {
  it('Every route declared in the common list answers 503 with `{"success": false, "error": "Service not ready"}` for each of the three prefixes while no service is attached, and stops doing so after attachment without re-registering routes.', async () => {
    const pages = {
      renderModelPage: () => Promise.resolve('<p>'),
      renderStatisticsPage: () => Promise.resolve('<p>'),
    };
    const { library, request, folder } = await openLibrary(shelf, { pages });
    const bindings = [...library.bindings];
    const handlers = new Set<string>(COMMON_ROUTE_DEFINITIONS.map(({ handler }) => handler));
    const common = bindings.filter(
      ({ definition, prefix }) => prefix !== undefined && handlers.has(definition.handler),
    );
    const asked = common.flatMap((binding) =>
      binding.methods.map((method) => ({ ...goodRequest(binding, folder), method })),
    );
    const askAll = () =>
      Promise.all(
        asked.map(async ({ url, method, body }) => {
          const headers = { 'content-type': 'application/json' };
          const response = await request(url, body === undefined ? { method } : { method, body, headers });
          return [method, url, response.status, await response.text()] as const;
        }),
      );
    // Nothing was awaited since the library was made but what openLibrary itself awaits: it has read nothing yet.
    const early = await askAll();
    expect(early.length).toBeGreaterThanOrEqual(handlers.size * PREFIXES.length);
    for (const [method, url, status, text] of early) {
      expect([method, url, status]).toEqual([method, url, 503]);
      expect(JSON.parse(text)).toMatchObject({ success: false, error: 'Service not ready' });
    }
    await library.ready;
    expect(library.bindings).toEqual(bindings);
    for (const [method, url, status] of await askAll()) expect([method, url, status]).not.toEqual([method, url, 503]);
  });
});

describe('scans', () => {
  it('After `scan` returns, the set of listed paths equals the set of model files on disk minus excluded and corrupt-sidecar ones, and the hash index contains exactly the listed hashes.', async () => {
    const { open, at, write } = await standingFolder({
      'loras/a.safetensors': safetensors({ a: '1' }),
      'loras/sub/b.safetensors': safetensors({ a: '2' }),
      'loras/gone.safetensors': safetensors({ a: '3' }),
      'more/out.safetensors': safetensors({ a: '4' }),
      'more/out.metadata.json': sidecar({ exclude: true, sha256: '4'.repeat(64), size: 0 }),
      'more/corrupt.safetensors': safetensors({ a: '5' }),
      'more/corrupt.metadata.json': '{"half',
      'more/readme.txt': 'no model',
    });
    const library = open();
    await library.ready;
    await allDigested(library);
    const goneHash = (await allLoras(library, { search: 'gone' }))[0]?.sha256 ?? '';
    await rm(at('loras/gone.safetensors'));
    await write({ 'more/new.safetensors': safetensors({ a: '6' }) });
    await library.loras.scanModels();
    expect(await pathsOf(library)).toEqual(
      ['loras/a', 'loras/sub/b', 'more/new'].map((name) => at(`${name}.safetensors`)),
    );
    await allDigested(library);
    for (const { sha256, file_path } of await allLoras(library)) {
      expect((await library.loras.getModels({ hash: sha256 })).items.map((item) => item.file_path)).toEqual([
        file_path,
      ]);
    }
    for (const hash of [goneHash, '4'.repeat(64)]) {
      expect(hash).toHaveLength(64);
      expect((await library.loras.getModels({ hash })).items).toEqual([]);
    }
  });

  it('Scanning the same unchanged tree twice gives equal entries, and the second scan hashes no file.', async () => {
    const loras = Object.entries(shelf).filter(([name]) => name.startsWith('loras/'));
    const { open } = await standingFolder(Object.fromEntries(loras));
    const library = open();
    await library.ready;
    await allDigested(library);
    await vi.waitFor(async () => expect((await library.loras.findDuplicateModels()).count).toBe(1), 5000);
    await library.loras.scanModels();
    const state = async (): Promise<unknown> => [
      await allLoras(library),
      await library.loras.getExcludedModels(),
      await library.loras.getTopTags(),
      await library.loras.findFilenameConflicts(),
    ];
    const before = await state();
    const digests = heard(library, 'digest');
    for (const full_rebuild of [false, true]) {
      await library.loras.scanModels({ full_rebuild });
      expect(await state()).toEqual(before);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(digests).toEqual([]);
  });
});

describe('previews', () => {
  const stems = [
    'plain',
    "it's (1) & #?+;=,€ 日本",
    'p%41',
    'a+b c%20d',
    'e\u0301 and \u00e9',
    '😀',
    '..dots..',
    'deep/er/x',
    'back\\slash',
  ];
  const files = Object.fromEntries(
    stems.flatMap((stem, at) => [
      [`loras/${stem}.safetensors`, safetensors({ at: String(at) })],
      [`loras/${stem}.preview.png`, `bytes ${String(at)}`],
    ]),
  );

  it('The `preview_url` of an item, requested verbatim, returns the bytes of the file on disk, or is empty.', async () => {
    const { library, request } = await openLibrary({ ...files, 'loras/bare.safetensors': safetensors() });
    await library.ready;
    const { items } = await library.loras.getModels({ page_size: 100 });
    expect(items).toHaveLength(stems.length + 1);
    for (const { preview_url, file_path } of items) {
      const at = stems.findIndex((stem) => file_path.endsWith(`/loras/${stem}.safetensors`));
      if (at === -1) expect([file_path, preview_url]).toEqual([file_path, '']);
      else expect([file_path, await (await request(preview_url)).text()]).toEqual([file_path, `bytes ${String(at)}`]);
    }
  });

  // A replaced preview is for the routes that write.
  it('`preview_url` from the list, from `preview-url` and from a preview replacement are the same string for the same file.', async () => {
    for (const options of [{}, { publicBasePath: '/studio' }]) {
      const { library } = await openLibrary(files, options);
      await library.ready;
      for (const { preview_url, folder, file_name } of (await library.loras.getModels({ page_size: 100 })).items) {
        if (file_name.includes('\\')) continue;
        const name = folder === '' ? file_name : `${folder}/${file_name}`;
        expect(await library.loras.getModelPreviewUrl({ name })).toMatchObject({ preview_url });
        expect(preview_url.startsWith('publicBasePath' in options ? '/studio/api/' : '/api/')).toBe(true);
      }
      await library.close();
    }
  });

  it('A preview request whose resolved target lies outside every configured root is refused (403), whatever the encoding, `..` segments or symlinks in the request.', async () => {
    const { library, folder, request } = await openLibrary({
      ...files,
      'outside/secret.png': 'secret',
      'loras2/near.png': 'secret',
    });
    await symlink(join(folder, 'outside'), join(folder, 'way'));
    await library.ready;
    // Made after the scan: no scan found it.
    await symlink(join(folder, 'outside'), join(folder, 'loras/later'));
    const targets = [
      `${folder}/outside/secret.png`,
      `${folder}/loras/../outside/secret.png`,
      `${folder}/loras/deep/../../outside/secret.png`,
      `${folder}/loras/./../outside/./secret.png`,
      `${folder}/way/secret.png`,
      `${folder}/loras/later/secret.png`,
      `${folder}/loras2/near.png`,
      `${folder}//outside//secret.png`,
      '/etc/hostname.png',
    ];
    const encodings: ((path: string) => string)[] = [
      encodeURIComponent,
      (path) => path.replaceAll('/', '%2F').replaceAll('.', '%2E'),
      (path) => path.replaceAll('..', '%2e%2E'),
      (path) => [...path].map((char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
      (path) => path,
    ];
    const handle = toFetchHandler(library);
    for (const target of targets) {
      for (const encode of encodings) {
        const url = `/api/lm/previews?path=${encode(target)}`;
        const response = await request(url);
        const text = await response.text();
        expect([url, response.status]).toEqual([url, 403]);
        expect(text).not.toContain('secret');
        const head = await handle(
          new Request(`http://127.0.0.1${url}`, { method: 'HEAD', headers: { range: 'bytes=0-1' } }),
        );
        expect(head.status).toBe(403);
      }
      // Encoded twice, it is another name: nothing of the library either.
      const twice = await request(`/api/lm/previews?path=${encodeURIComponent(encodeURIComponent(target))}`);
      expect([target, twice.status]).toEqual([target, expect.toBeOneOf([400, 403, 404])]);
    }
  });
});
