import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readSidecarOf as findSidecarOf } from '../../src/disk/read-sidecar.js';
import type { Sidecar } from '../../src/shapes/sidecar.js';
import { jobOver, put, putPipe, root, scan, sidecar, tempFolder } from './temp-library.js';

const SHA = 'B'.repeat(64);
const info = (fields: Record<string, unknown> = {}): string =>
  JSON.stringify({
    id: 5,
    baseModel: 'Pony',
    model: { name: 'Ink style', tags: ['t'], description: 'd' },
    files: [{ primary: true, sizeKB: 1 / 1024, hashes: { SHA256: SHA } }],
    ...fields,
  });

/** The sidecar alone, with `undefined` for one that cannot be used. */
async function readSidecarOf(...parts: Parameters<typeof findSidecarOf>): Promise<Sidecar | undefined> {
  const found = await findSidecarOf(...parts);
  return typeof found === 'object' ? found.sidecar : undefined;
}

describe('readSidecarOf', () => {
  test('gives the sidecar, completed from the info file of another tool', async () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    await expect(readSidecarOf(path, 1)).resolves.toBeUndefined();
    put(folder, 'ink.civitai.info', info());
    await expect(readSidecarOf(path, 1)).resolves.toMatchObject({
      model_name: 'Ink style',
      base_model: 'Pony',
      sha256: SHA,
      civitai: { id: 5 },
    });
    await expect(readSidecarOf(path, 5_000)).resolves.toMatchObject({ sha256: '' });
    put(folder, 'ink.metadata.json', `\ufeff${sidecar({ civitai: {}, own: 1 })}`);
    await expect(readSidecarOf(path, 1)).resolves.toMatchObject({
      model_name: 'Ink',
      own: 1,
      civitai: { id: 5 },
      tags: ['t'],
      modelDescription: 'd',
    });
    put(folder, 'ink.metadata.json', sidecar({ civitai: { id: 6 } }));
    await expect(readSidecarOf(path, 1)).resolves.toMatchObject({ civitai: { id: 6 }, tags: [] });
  });

  test('a sidecar that a scan refuses says nothing, and no info file stands in for it', async () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    put(folder, 'ink.civitai.info', info());
    const tooLarge = Buffer.alloc(16 * 1024 * 1024 + 1, 0x20);
    for (const content of ['{', '', '[]', sidecar({ sha256: undefined }), Buffer.from([0x7b, 0xff, 0x7d]), tooLarge]) {
      writeFileSync(join(folder, 'ink.metadata.json'), content);
      expect(scan(jobOver(root(folder))).paths).toEqual([]);
      await expect(readSidecarOf(path, 1)).resolves.toBeUndefined();
    }
    writeFileSync(join(folder, 'ink.metadata.json'), sidecar().padEnd(16 * 1024 * 1024));
    await expect(readSidecarOf(path, 1)).resolves.toMatchObject({ model_name: 'Ink' });
  });

  test('an info file that cannot be used changes nothing', async () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    put(folder, 'ink.metadata.json', sidecar());
    for (const content of ['{', '[]', Buffer.alloc(16 * 1024 * 1024 + 1, 0x20)]) {
      put(folder, 'ink.civitai.info', content);
      await expect(readSidecarOf(path, 1)).resolves.toMatchObject({ model_name: 'Ink', civitai: null });
    }
  });

  test('folders and pipes in the place of files block nothing', async () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    mkdirSync(join(folder, 'ink.metadata.json'));
    await expect(readSidecarOf(path, 1)).resolves.toBeUndefined();
    const other = put(folder, 'pipe.ckpt', 'x');
    putPipe(folder, 'pipe.civitai.info');
    await expect(readSidecarOf(other, 1)).resolves.toBeUndefined();
  });

  test('of models with one stem, the one that a scan gives it to has the sidecar, and no info file counts', async () => {
    const folder = tempFolder();
    const ckpt = { path: put(folder, 'ink.ckpt', 'x'), size: 1 };
    const safe = { path: put(folder, 'ink.safetensors', '12345'), size: 5 };
    put(folder, 'ink.civitai.info', info());
    const read = async (): Promise<unknown[]> => [
      await readSidecarOf(ckpt.path, ckpt.size, [safe]),
      await readSidecarOf(safe.path, safe.size, [ckpt]),
    ];
    expect(await read()).toEqual([undefined, undefined]);
    put(folder, 'ink.metadata.json', sidecar({ file_path: 'C:\\m\\ink.safetensors' }));
    expect(await read()).toEqual([undefined, expect.objectContaining({ model_name: 'Ink', civitai: null })]);
    put(folder, 'ink.metadata.json', sidecar({ file_path: '', size: 1 }));
    expect(await read()).toEqual([expect.objectContaining({ civitai: null }), undefined]);
    put(folder, 'ink.metadata.json', sidecar({ file_path: '', size: 9 }));
    expect(await read()).toEqual([expect.objectContaining({ civitai: null }), undefined]);
  });
});
