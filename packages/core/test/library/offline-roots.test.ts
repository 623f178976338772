import { mkdir, rename } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, heard, standingFolder } from './standing-folder.js';

const files = {
  'loras/a.safetensors': safetensors({ a: '1' }),
  'loras/a.metadata.json': sidecar({ sha256: '', notes: 'mine' }),
  'loras/sub/b.safetensors': safetensors({ a: '2' }),
  'more/c.safetensors': safetensors({ a: '3' }),
};

describe('a root that goes away', () => {
  it('P-14: is offline, keeps its rows also over a restart, and comes back without hashing again', async () => {
    const { open, at } = await standingFolder(files);
    const library = open();
    await library.ready;
    await allDigested(library);
    await library.loras.scanModels();
    const before = await allLoras(library);
    const offline = { models: { loras: { total: 3, offline_roots: ['loras-0'] } } };

    await rename(at('loras'), at('unplugged'));
    const digests = heard(library, 'digest');
    const { issues } = await library.loras.scanModels();
    expect(issues.map(({ code }) => code)).toEqual(['root_offline']);
    expect(await library.checkHealth()).toMatchObject(offline);
    expect(await allLoras(library)).toEqual(before);
    await library.loras.scanModels({ full_rebuild: true });
    expect(await allLoras(library)).toEqual(before);
    // An empty folder in its place is a mount point without its drive.
    await mkdir(at('loras'));
    await library.loras.scanModels();
    expect(await allLoras(library)).toEqual(before);
    await library.close();

    const restarted = open();
    const told = heard(restarted, 'digest');
    const changes = heard(restarted, 'models_changed');
    await restarted.ready;
    await restarted.loras.scanModels();
    expect(await restarted.checkHealth()).toMatchObject(offline);
    expect(await allLoras(restarted)).toEqual(before);
    await rename(at('loras'), at('mount point'));
    await rename(at('unplugged'), at('loras'));
    const back = await restarted.loras.scanModels();
    expect(back.issues).toEqual([]);
    expect(await restarted.checkHealth()).toMatchObject({ models: { loras: { total: 3, offline_roots: [] } } });
    expect(await allLoras(restarted)).toEqual(before);
    expect(changes.filter(({ removed }) => (removed ?? 0) > 0)).toEqual([]);
    expect([...digests, ...told].filter(({ files_total }) => files_total > 0)).toEqual([]);
  });

  it('P-14: the other roots go on: what changes there is listed', async () => {
    const { open, at, write } = await standingFolder(files);
    const library = open({ digests: false });
    await library.ready;
    await rename(at('loras'), at('unplugged'));
    await write({ 'more/d.safetensors': safetensors({ a: '4' }) });
    await library.loras.scanModels();
    expect((await allLoras(library)).map(({ file_name }) => file_name).sort()).toEqual(['a', 'b', 'c', 'd']);
  });
});
