import { mkdir, rename, rm, truncate } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { toFetchHandler } from '../../src/fetch.js';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, heard, isDeep, pathsOf, standingFolder } from './standing-folder.js';

describe('changes made outside', () => {
  it('P-7: what is added, replaced, renamed, deleted and re-added is listed so after one scan, over HTTP too', async () => {
    const { open, at, write } = await standingFolder({
      'loras/kept.safetensors': safetensors({ a: '0' }),
      'loras/replaced.safetensors': safetensors({ a: '1' }),
      'loras/renamed.safetensors': safetensors({ a: '2' }),
      'loras/renamed.metadata.json': sidecar({ model_name: 'Renamed', tags: ['mine'] }),
      'loras/deleted.safetensors': safetensors({ a: '3' }),
    });
    const library = open();
    await library.ready;
    await allDigested(library);
    const before = new Map((await allLoras(library)).map((item) => [item.file_name, item]));
    const changes = heard(library, 'models_changed');

    await write({
      'loras/sub/added.safetensors': safetensors({ a: '4' }),
      'loras/replaced.safetensors': safetensors({ b: 'longer' }, 64),
    });
    await rename(at('loras/renamed.safetensors'), at('loras/other name.safetensors'));
    await rm(at('loras/deleted.safetensors'));
    const handle = toFetchHandler(library);
    const get = async (path: string): Promise<unknown> => (await handle(new Request(`http://127.0.0.1${path}`))).json();
    expect(await get('/api/lm/loras/scan')).toMatchObject({ success: true, status: 'success' });
    const names = ['kept', 'other name', 'replaced', 'sub/added'];
    expect(await pathsOf(library)).toEqual(names.map((name) => at(`loras/${name}.safetensors`)));
    expect(await get('/api/lm/loras/list?search=other%20name')).toMatchObject({
      items: [{ model_name: 'Renamed', tags: ['mine'], sha256: before.get('renamed')?.sha256 }],
    });
    expect(changes[0]).toMatchObject({
      added: 1,
      removed: 1,
      moved: [{ from: at('loras/renamed.safetensors'), to: at('loras/other name.safetensors') }],
    });
    await allDigested(library);
    const after = new Map((await allLoras(library)).map((item) => [item.file_name, item]));
    expect(after.get('replaced')?.sha256).not.toBe(before.get('replaced')?.sha256);
    expect(after.get('replaced')?.file_size).not.toBe(before.get('replaced')?.file_size);
    expect(after.get('kept')).toEqual(before.get('kept'));

    await write({ 'loras/deleted.safetensors': safetensors({ a: '3' }) });
    await library.loras.scanModels();
    expect(await pathsOf(library)).toContain(at('loras/deleted.safetensors'));
    await allDigested(library);
    expect((await allLoras(library)).find(({ file_name }) => file_name === 'deleted')?.sha256).toBe(
      before.get('deleted')?.sha256,
    );
  });

  it('P-7: a rescan is idempotent: nothing twice, nothing told', async () => {
    const { open } = await standingFolder({
      'loras/a.safetensors': safetensors(),
      'loras/b/a.safetensors': safetensors(),
      'more/a.safetensors': safetensors({ a: '1' }),
    });
    const library = open();
    await library.ready;
    await allDigested(library);
    await vi.waitFor(async () => expect((await library.loras.findDuplicateModels()).count).toBe(1), 5000);
    await library.loras.scanModels();
    const before = await allLoras(library);
    const changes = heard(library, 'models_changed');
    for (const full_rebuild of [false, true, false]) await library.loras.scanModels({ full_rebuild });
    expect(await allLoras(library)).toEqual(before);
    expect(before).toHaveLength(3);
    expect(changes.filter(({ added, removed }) => added !== 0 || removed !== 0)).toEqual([]);
  });

  it(
    'P-7: a large file that is renamed is one `moved`, neither removed nor added, and is not hashed again',
    { timeout: 60_000 },
    async () => {
      const { open, at } = await standingFolder({
        'loras/large.safetensors': safetensors({ large: 'yes' }),
        'loras/large.metadata.json': sidecar({ sha256: '', size: 0, notes: 'mine' }),
      });
      const [from, to] = [at('loras/large.safetensors'), at('more/deep/renamed.safetensors')];
      await truncate(from, (isDeep ? 2048 : 128) * 1024 * 1024);
      const library = open();
      await library.ready;
      await allDigested(library, 50_000);
      const digest = (await allLoras(library))[0]?.sha256;
      const digests = heard(library, 'digest');
      await vi.waitFor(() => expect(library.progress.snapshots.since(0)).toContainEqual(complete), 5000);
      digests.length = 0;
      const changes = heard(library, 'models_changed');
      await mkdir(at('more/deep'));
      await rename(from, to);
      await library.loras.scanModels();
      expect(changes).toMatchObject([{ added: 0, removed: 0, moved: [{ from, to }] }]);
      expect(await allLoras(library)).toMatchObject([{ file_path: to, folder: 'deep', sha256: digest, notes: 'mine' }]);
      await library.loras.scanModels();
      expect(changes).toHaveLength(1);
      expect(digests).toEqual([]);
    },
  );
});

const complete: unknown = expect.objectContaining({
  topic: 'digest',
  data: expect.objectContaining({ status: 'complete' }),
});
