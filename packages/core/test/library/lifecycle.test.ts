import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLibrary, safetensors, temporaryFolder, writeFiles } from './temp-library.js';

describe('the life of a library', () => {
  it('close is idempotent, may come before ready, and ends event streams', async () => {
    const { library, request } = await openLibrary({ 'loras/x.safetensors': safetensors() });
    await library.attached;
    const stream = await request('/api/lm/progress/events');
    const read = stream.text();
    await Promise.all([library.close(), library.close()]);
    await library.close();
    expect(await read).toBeTypeOf('string');
    await expect(library.ready).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('a root that is not there is offline, not an error, and comes back with the next scan', async () => {
    const folder = await temporaryFolder();
    const { library } = await openLibrary({}, { roots: { loras: [join(folder, 'nas')] } });
    await library.ready;
    expect(await library.checkHealth()).toMatchObject({
      ready: true,
      models: { loras: { offline_roots: ['loras-0'] } },
    });
    const { issues } = await library.loras.scanModels();
    expect(issues.map(({ code }) => code)).toEqual(['root_offline']);
    await mkdir(join(folder, 'nas'));
    expect((await library.loras.scanModels()).issues).toEqual([]);
  });

  it('a root that vanishes keeps its rows', async () => {
    const { library, folder } = await openLibrary({ 'loras/x.safetensors': safetensors() });
    await library.ready;
    await rm(join(folder, 'loras'), { recursive: true });
    await library.loras.scanModels();
    expect((await library.loras.getModels()).total).toBe(1);
    // A folder that is there and holds nothing may be where a drive is to be mounted; one with models is the root.
    await writeFiles(folder, { 'loras/y.safetensors': safetensors() });
    await library.loras.scanModels();
    expect((await library.loras.getModels()).items.map(({ file_name }) => file_name)).toEqual(['y']);
  });

  it('a data folder that cannot be made costs the digests, not the library, and the host hears of it', async () => {
    const errors: string[] = [];
    const logger = { info: () => undefined, warn: () => undefined, error: (message: string) => errors.push(message) };
    const { library } = await openLibrary(
      { 'loras/x.safetensors': safetensors() },
      { dataDir: '/dev/null/data', logger },
    );
    await library.ready;
    expect((await library.loras.getModels()).total).toBe(1);
    expect(errors).toEqual([expect.stringContaining('data folder')]);
  });

  it('a start that fails leaves the routes at 503, rejects what the host may wait for, and ends no process', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    const { library } = await openLibrary({}, { roots: { loras: [''] } });
    await expect(library.ready).rejects.toMatchObject({ code: 'invalid_configuration' });
    await expect(library.loras.getModels()).rejects.toMatchObject({ code: 'service_not_ready' });
    await library.close();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  it('a call in process before the library is attached says so', async () => {
    const { library } = await openLibrary({});
    await expect(library.loras.getModels()).rejects.toMatchObject({ code: 'service_not_ready' });
    await library.attached;
    expect((await library.loras.getModels()).items).toEqual([]);
  });
});
