import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

const isDeep = process.env['MODELSHELF_DEEP'] === '1';

/** Bytes of everything below a folder. */
async function bytesBelow(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function models(count: number): Record<string, Buffer | string> {
  const files: Record<string, Buffer | string> = {};
  for (let at = 0; at < count; at++) {
    files[`loras/m${String(at)}.safetensors`] = safetensors({ at: String(at) });
    files[`loras/m${String(at)}.metadata.json`] = sidecar({ size: 0, model_name: `Model ${String(at)}` });
  }
  return files;
}

it('W-W31: an edit or a move writes a few rows to the data folder, however many models there are', async () => {
  const written: number[] = [];
  for (const count of isDeep ? [20, 10_000] : [20, 600]) {
    const { library, folder } = await openLibrary(models(count), { digests: false });
    await library.ready;
    await library.loras.scanModels();
    const data = join(folder, 'data');
    const before = await bytesBelow(data);
    for (let at = 0; at < 10; at++) {
      const file_path = join(folder, `loras/m${String(at)}.safetensors`);
      await library.loras.saveMetadata({ file_path, notes: 'A note' });
      await library.loras.moveModel({ file_path, target_path: join(folder, 'loras/elsewhere') });
    }
    written.push((await bytesBelow(data)) - before);
    await library.close();
  }
  const [few = 0, many = 0] = written;
  expect(few).toBeGreaterThan(0);
  // Twenty mutations of some two rows each.
  expect(many).toBeLessThan(20 * 4096);
  expect(many).toBeLessThan(2 * few);
});

it('The cache is mutated before the response is sent, so a list call made after the response sees the change.', async () => {
  const { library, folder } = await openLibrary(models(12), { digests: false });
  await library.ready;
  const listed = async (): Promise<string[]> =>
    (await library.loras.getModels({ page_size: 100 })).items.map(({ file_path, model_name }) => {
      return `${file_path.slice(folder.length + 7)} ${model_name}`;
    });
  const path = (name: string): string => join(folder, 'loras', `${name}.safetensors`);
  await library.loras.saveMetadata({ file_path: path('m0'), model_name: 'First' });
  expect(await listed()).toContain('m0.safetensors First');
  await library.loras.renameModel({ file_path: path('m0'), new_file_name: 'renamed' });
  expect(await listed()).toContain('renamed.safetensors First');
  expect((await listed()).join()).not.toContain('m0.safetensors');
  await library.loras.moveModel({ file_path: path('renamed'), target_path: join(folder, 'loras/sub') });
  expect(await listed()).toContain('sub/renamed.safetensors First');
  const { batch_id } = await library.loras.deleteModel({ file_path: path('sub/renamed') });
  expect((await listed()).join()).not.toContain('renamed');
  await library.undoDelete({ batch_id: batch_id ?? '' });
  expect(await listed()).toContain('sub/renamed.safetensors First');
  await library.loras.excludeModel({ file_path: path('sub/renamed') });
  expect((await listed()).join()).not.toContain('renamed');
  expect((await library.loras.getExcludedModels()).items).toHaveLength(1);
  await library.loras.bulkDeleteModels({ file_paths: [path('m1'), path('m2')] });
  expect(await listed()).toHaveLength(9);
  await library.loras.autoOrganizeModels({ file_paths: [path('m3')] });
  expect(await listed()).toContain('SDXL 1.0/no tags/m3.safetensors Model 3');
});

it('W-W8: cancel-task ends a bulk edit that runs, what was edited stays edited, and the next one runs whole', async () => {
  const { library } = await openLibrary(models(400), { digests: false });
  await library.ready;
  const running = library.loras.bulkEditModels({ filter: {}, add_tags: ['first'] });
  await new Promise((resolve) => setTimeout(resolve, 30));
  await library.loras.cancelTask();
  const { results, total } = await running;
  const cancelled = results.filter(({ code }) => code === 'cancelled');
  expect(total).toBe(400);
  expect(cancelled.length).toBeGreaterThan(0);
  const tagged = (await library.loras.getTopTags({ limit: 100 })).tags.find(({ tag }) => tag === 'first')?.count ?? 0;
  expect(tagged).toBe(results.filter(({ changed }) => changed).length);
  const next = await library.loras.bulkEditModels({ filter: {}, add_tags: ['second'] });
  expect(next.results.every(({ success }) => success)).toBe(true);
});
