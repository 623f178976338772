import { truncate, readFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { safetensors } from './temp-library.js';
import { allDigested, allLoras, heard, isDeep, standingFolder } from './standing-folder.js';

const FILES = 6;
const BYTES = (isDeep ? 1024 : 96) * 1024 * 1024;

/** Files with holes: as long as models, and nothing on disk. */
async function largeFiles() {
  const names = Array.from({ length: FILES }, (_, at) => `loras/large ${String(at)}.safetensors`);
  const standing = await standingFolder(Object.fromEntries(names.map((name) => [name, safetensors({ name })])));
  for (const name of names) await truncate(standing.at(name), BYTES);
  return standing;
}

const lines = async (path: string): Promise<number> =>
  (await readFile(path, 'utf8').catch(() => '')).trim().split('\n').length - 1;

describe('listing and digests', () => {
  it('P-5: everything is listed, sorted and searched without one digest', async () => {
    const { open } = await standingFolder({
      'loras/a.safetensors': safetensors(),
      'loras/deep/b.safetensors': safetensors(),
      'checkpoints/c.gguf': 'gguf',
    });
    const library = open({ digests: false });
    const told = heard(library, 'digest');
    expect(await library.ready).toMatchObject({ models: 3 });
    for (const query of [{}, { sort_by: 'size' }, { sort_by: 'usage' }, { folder: '' }, { group_by_model: true }]) {
      const items = await allLoras(library, query);
      expect(items.map(({ sha256 }) => sha256)).toEqual(['', '']);
    }
    expect(await library.loras.findDuplicateModels()).toMatchObject({ count: 0 });
    expect((await library.checkpoints.getModels()).items).toMatchObject([{ sha256: '' }]);
    expect(told).toEqual([]);
  });

  it(
    'P-5: listing answers while files are hashed, and progress tells bytes a second and the time that is left',
    { timeout: 120_000 },
    async () => {
      const { open } = await largeFiles();
      const library = open();
      const told = heard(library, 'digest');
      await library.ready;
      await vi.waitFor(() => expect(told.some(({ bytes_done }) => bytes_done > 0)).toBe(true), {
        timeout: 20_000,
        interval: 5,
      });
      expect((await allLoras(library)).length).toBe(FILES);
      await allDigested(library, 100_000);
      await vi.waitFor(() => expect(told.at(-1)?.status).toBe('complete'), 5000);
      const running = told.filter(({ status, bytes_done }) => status === 'running' && bytes_done > 0);
      expect(running.length).toBeGreaterThan(0);
      for (const { bytes_per_second, seconds_left, bytes_total, bytes_done } of running) {
        expect(bytes_total).toBe(FILES * BYTES);
        expect(bytes_done).toBeLessThanOrEqual(bytes_total);
        expect(bytes_per_second).toBeGreaterThan(0);
        expect(seconds_left).toBe(Math.ceil((bytes_total - bytes_done) / bytes_per_second));
      }
      expect(told.at(-1)).toMatchObject({
        files_done: FILES,
        files_total: FILES,
        bytes_done: FILES * BYTES,
        seconds_left: 0,
      });
    },
  );

  it(
    'P-5: what was hashed before the library closed is not read again by the next one',
    { timeout: 120_000 },
    async () => {
      const { open, at } = await largeFiles();
      const records = at('data/records/digests.ndjson');
      const first = open();
      await first.ready;
      await vi.waitFor(async () => expect(await lines(records)).toBeGreaterThan(0), { timeout: 20_000, interval: 2 });
      await first.close();
      const done = await lines(records);
      expect(done).toBeGreaterThan(0);
      expect(done).toBeLessThan(FILES);

      const second = open();
      const told = heard(second, 'digest');
      await second.ready;
      await allDigested(second, 100_000);
      await vi.waitFor(() => expect(told.at(-1)?.status).toBe('complete'), 5000);
      expect(told.at(-1)).toMatchObject({ files_done: FILES - done, bytes_done: (FILES - done) * BYTES });

      await second.close();
      const third = open();
      const silent = heard(third, 'digest');
      await third.ready;
      await third.loras.scanModels();
      await allDigested(third);
      expect(silent).toEqual([]);
    },
  );
});
