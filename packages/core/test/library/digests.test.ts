import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createModelLibrary } from '../../src/index.js';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('digests', () => {
  const bytes = safetensors({ a: 'b' }, 4096);

  it('are computed in the background for models without one, and listing does not wait for them', async () => {
    const { library } = await openLibrary({
      'loras/unknown.safetensors': bytes,
      'loras/known.safetensors': bytes,
      'loras/known.metadata.json': sidecar({ file_name: 'known', size: bytes.length, sha256: 'CD'.repeat(32) }),
    });
    const told: string[] = [];
    library.progress.on('digest', ({ data }) => told.push(data.status));
    await library.ready;
    await vi.waitFor(() => expect(told.at(-1)).toBe('complete'), { timeout: 5000 });
    const { items } = await library.loras.getModels();
    expect(items.map((item) => [item.file_name, item.sha256])).toEqual([
      ['unknown', sha256(bytes)],
      ['known', 'cd'.repeat(32)],
    ]);
  });

  it('are kept as records: a second library over the same data folder reads no model file again', async () => {
    const { library, folder } = await openLibrary({ 'loras/x.safetensors': bytes });
    await library.ready;
    await vi.waitFor(async () => expect((await library.loras.getModels()).items[0]?.sha256).toBe(sha256(bytes)), {
      timeout: 5000,
    });
    await library.close();
    const record = await readFile(join(folder, 'data/records/digests.ndjson'), 'utf8');
    expect(record).toContain(sha256(bytes));

    const again = createModelLibrary({
      roots: { loras: [join(folder, 'loras')] },
      dataDir: join(folder, 'data'),
      digests: false,
    });
    await again.ready;
    expect((await again.loras.getModels()).items[0]?.sha256).toBe(sha256(bytes));
    await writeFile(join(folder, 'loras/x.safetensors'), safetensors({}, 8));
    await again.loras.scanModels();
    expect((await again.loras.getModels()).items[0]?.sha256).toBe('');
    await again.close();
  });
});
