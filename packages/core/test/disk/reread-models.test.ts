import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rereadModels } from '../../src/disk/reread-models.js';
import { runScan } from '../../src/disk/run-scan.js';
import type { ScanJob } from '../../src/disk/scan-job.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { jobOver, put, root, safetensors, sidecar, tempFolder } from './temp-library.js';

function scanned(job: ScanJob): ScannedModel[] {
  const models: ScannedModel[] = [];
  const sink = {
    checkpoint: () => undefined,
    counted: () => undefined,
    models: (found: readonly ScannedModel[]) => void models.push(...found),
  };
  runScan(job, sink);
  return models;
}

/** A stamp is empty while a file is so young that its times say nothing: both readers decide it by the clock. */
const withoutStamps = (models: readonly ScannedModel[]): unknown[] =>
  models.map((model) => ({ ...model, stamp: '' })).sort((a, b) => (a.entry.file_path < b.entry.file_path ? -1 : 1));

describe('rereadModels', () => {
  it('Invariant: a model that was read again equals what the next scan makes of it', async () => {
    const folder = tempFolder();
    const described = { sha256: 'a'.repeat(64), size: 0, tags: ['x'] };
    put(folder, 'a.safetensors', safetensors({ a: '1' }));
    put(folder, 'a.metadata.json', sidecar(described));
    put(folder, 'a.PREVIEW.png', 'png');
    put(folder, 'named.ckpt', 'named');
    put(folder, 'named.metadata.json', sidecar({ ...described, preview_url: join(folder, 'cover.webp') }));
    put(folder, 'cover.webp', 'webp');
    put(folder, 'named too.ckpt', 'named too');
    put(folder, 'named too.metadata.json', sidecar({ ...described, preview_url: join(folder, 'far.webp') }));
    put(folder, 'shared.safetensors', safetensors({ b: '1' }));
    put(folder, 'shared.ckpt', 'other bytes');
    put(folder, 'shared.metadata.json', sidecar(described));
    put(folder, 'sub/other.ckpt', 'ckpt');
    put(folder, 'sub/other.civitai.info', JSON.stringify({ id: 3, modelId: 4, name: 'v1' }));
    put(folder, 'sub/hidden.ckpt', 'hidden');
    put(folder, 'sub/hidden.metadata.json', sidecar({ ...described, exclude: true }));
    put(folder, 'broken.ckpt', 'broken');
    put(folder, 'broken.metadata.json', '{');
    put(folder, 'partial.safetensors', safetensors({ c: '1' }));
    put(folder, 'partial.safetensors.aria2', '');
    const outside = tempFolder();
    symlinkSync(put(outside, 'linked.ckpt', 'linked'), join(folder, 'linked.ckpt'));
    symlinkSync(put(outside, 'far.webp', 'webp'), join(folder, 'far.webp'));
    const [only] = [root(folder)];
    const job = jobOver(only);
    const expected = scanned(job);
    expect(expected).toHaveLength(8);
    const names = [
      'a.safetensors',
      'named.ckpt',
      'named too.ckpt',
      'shared.safetensors',
      'shared.ckpt',
      'sub/other.ckpt',
      'sub/hidden.ckpt',
      'linked.ckpt',
    ];
    const gone = ['broken.ckpt', 'partial.safetensors', 'absent.ckpt', 'away/absent.ckpt'];
    const places = [...names, ...gone].map((name) => ({ path: join(folder, name), root: only, aliases: [] }));
    const read = await rereadModels(job, places);
    expect(withoutStamps(read)).toEqual(withoutStamps(expected));
    const alone = [];
    for (const place of places) alone.push(...(await rereadModels(job, [place])));
    expect(withoutStamps(alone)).toEqual(withoutStamps(expected));
    expect(read.filter(({ entry }) => entry.preview_url !== '')).toHaveLength(3);
  });

  it('rejects when the root itself is away, because then nothing is known', async () => {
    const away = root(join(tempFolder(), 'away'));
    const places = [{ path: join(away.path, 'a.ckpt'), root: away, aliases: [] }];
    await expect(rereadModels(jobOver(away), places)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
