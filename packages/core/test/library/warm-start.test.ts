import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { safetensors, sidecar, writeFiles } from './temp-library.js';
import { bundleLibraryProcess, startedOnce } from './library-process.js';
import { age, heard, isDeep, pathsOf, standingFolder } from './standing-folder.js';

const ROWS = isDeep ? 50_000 : 3_000;

async function manyModels(rows: number) {
  const standing = await standingFolder();
  const bytes = safetensors();
  for (let from = 0; from < rows; from += 500) {
    const files: Record<string, string | Buffer> = {};
    for (let at = from; at < Math.min(rows, from + 500); at++) {
      const stem = `loras/set ${String(at % 97)}/model ${String(at)}`;
      files[`${stem}.safetensors`] = bytes;
      // Some have no digest before they were read.
      if (at % 20 === 0) continue;
      const sha256 = createHash('sha256').update(String(at)).digest('hex');
      files[`${stem}.metadata.json`] = sidecar({ model_name: `Name ${String(at)}`, size: bytes.length, sha256 });
    }
    await standing.write(files);
    await age(...Object.keys(files).map((name) => standing.at(name)));
  }
  return standing;
}

describe('a warm start', () => {
  it(
    'P-2: of many rows serves the first page with 0 model files, 0 sidecars and 0 hash reads; neither does the comparison with an unchanged disk open any',
    { timeout: isDeep ? 600_000 : 60_000 },
    async () => {
      const { at } = await manyModels(ROWS);
      const bundle = await bundleLibraryProcess();
      const task = { roots: [at('loras')], dataDir: at('data') };
      const cold = await startedOnce(bundle, task, at('loras'));
      // The counting works: the first start reads every header and every sidecar.
      expect(new Set(cold.opened).size).toBe(ROWS * 2 - ROWS / 20);
      expect(cold).toMatchObject({ items: 100, total: ROWS, digests: ROWS / 20 });

      const library = await startedOnce(bundle, task, at('loras'));
      expect(library.opened).toEqual([]);
      expect(library).toMatchObject({ items: 100, total: ROWS, digests: 0 });
      expect(library.scans).toEqual([
        `Loaded ${String(ROWS)} cached lora files from disk.`,
        ...Array<string>(library.scans.length - 1).fill(`Completed! Found ${String(ROWS)} lora files.`),
      ]);
      if (isDeep) expect(library.firstPage).toBeLessThan(2000);
    },
  );

  it('P-2: the library is made and its routes are attached without awaiting a scan or the rows', async () => {
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { open } = await standingFolder({ 'loras/a.safetensors': safetensors() });
    const library = open({
      index: {
        load: async () => {
          await held;
          return { rows: 0, repaired: 0, invalid: 0, invalidPaths: [] };
        },
        append: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
    });
    await library.attached;
    const answer = await toFetchHandler(library)(new Request('http://127.0.0.1/api/lm/loras/list'));
    expect([answer.status, await answer.json()]).toMatchObject([200, { items: [], total: 0 }]);
    expect(await library.checkHealth()).toMatchObject({ attached: true, ready: false });
    letGo();
    await library.ready;
    expect(await library.loras.getModels()).toMatchObject({ total: 1 });
  });

  it('R-W23: files deleted and added while the library was closed are corrected in the background, without anybody asking for a scan', async () => {
    const { open, at, write } = await standingFolder({
      'loras/stays.safetensors': safetensors(),
      'loras/goes.safetensors': safetensors({ a: '1' }),
      'loras/edited.safetensors': safetensors({ a: '2' }),
      'loras/edited.metadata.json': sidecar({ notes: 'old' }),
    });
    const first = open({ digests: false });
    await first.ready;
    await first.close();
    await rm(at('loras/goes.safetensors'));
    await write({
      'loras/new/comes.safetensors': safetensors({ a: '3' }),
      'loras/edited.metadata.json': sidecar({ notes: 'edited while away' }),
    });
    const library = open({ digests: false });
    const changes = heard(library, 'models_changed');
    await library.ready;
    await vi.waitFor(
      async () =>
        expect(await pathsOf(library)).toEqual(
          ['loras/edited.safetensors', 'loras/new/comes.safetensors', 'loras/stays.safetensors'].map(at),
        ),
      5000,
    );
    const { items } = await library.loras.getModels({ search: 'X' });
    expect(items.map(({ notes }) => notes)).toEqual(['edited while away']);
    expect((await library.loras.getFolders()).folders).toEqual(['', 'new']);
    await vi.waitFor(() => expect(changes.at(-1)).toMatchObject({ added: 1, changed: 1, removed: 1 }), 5000);
  });

  it('restarting with an intact store reproduces the same items without a scan, also tags in their order and excluded models', async () => {
    const { open, folder, at } = await standingFolder();
    await writeFiles(folder, {
      'loras/deep/a.safetensors': safetensors(),
      'loras/deep/a.metadata.json': sidecar({
        tags: ['z', 'a', 'm'],
        civitai: { id: 4, modelId: 2, trainedWords: ['w'] },
      }),
      'loras/deep/a.png': 'png',
      'loras/out.safetensors': safetensors({ a: '1' }),
      'loras/out.metadata.json': sidecar({ exclude: true }),
    });
    const first = open({ digests: false });
    await first.ready;
    const state = async (library: typeof first): Promise<unknown> => [
      (await library.loras.getModels()).items,
      (await library.loras.getExcludedModels()).items,
      await library.loras.getTopTags(),
      await library.loras.getFolders(),
    ];
    const before = await state(first);
    await first.close();
    // No root, no scan: what is listed comes from the store.
    await rm(join(at('loras')), { recursive: true });
    const second = open({ digests: false });
    await second.ready;
    expect(await state(second)).toEqual(before);
    expect(JSON.stringify(before)).toContain('["z","a","m"]');
  });
});
