import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { ModelScanner, type ScanDisk } from '../../src/catalog/model-scanner.js';
import type { ScanOutcome } from '../../src/disk/scan-job.js';
import { ModelshelfError } from '../../src/errors.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ScanProgress } from '../../src/shapes/progress.js';
import { ScanModelsUseCase } from '../../src/use-cases/scan-models-use-case.js';
import { makeModel } from '../catalog/make-model.js';

const nothing: ScanOutcome = {
  counted: 0,
  issues: [],
  issuesDropped: 0,
  offlineRoots: [],
  unreadablePaths: [],
  linkTargets: [],
  excluded: [],
};
const root = { id: 'loras-0', path: '/m', subType: null };
const job = {
  roots: [root],
  extensions: ['.safetensors'],
  skippedFolders: [],
  defaults: { from_civitai: true, sub_type: null, usage_tips: '{}' },
};
const digests = { find: () => undefined, keep: () => Promise.resolve(), close: () => Promise.resolve() };

function setUp(scanDisk: ScanDisk) {
  const catalog = new ModelCatalog([root], 'model_name');
  const progress: ScanProgress[] = [];
  let time = 0;
  const scans = new ScanModelsUseCase({
    modelType: lora,
    scanner: new ModelScanner(catalog, job, scanDisk, digests),
    clock: { now: () => (time += 1000) },
    signal: new AbortController().signal,
    onProgress: (each) => progress.push(each),
    onScanned: () => undefined,
  });
  return { scans, catalog, progress };
}

/** A disk that holds these stems. */
const disk =
  (stems: () => string[], outcome: Partial<ScanOutcome> = {}): ScanDisk =>
  async (_job, listener) => {
    const names = stems();
    listener.onCounted(names.length);
    for (const [index, stem] of names.entries()) {
      await listener.onModels([makeModel({ file_path: `/m/${stem}.safetensors` })], index + 1);
    }
    return { ...nothing, counted: names.length, ...outcome };
  };

describe('ScanModelsUseCase', () => {
  it('R-W5: requests during a run share it', async () => {
    let runs = 0;
    const { scans } = setUp((...parts) => {
      runs++;
      return disk(() => ['a'])(...parts);
    });
    const [first, second] = await Promise.all([scans.execute(), scans.execute()]);
    expect(first).toBe(second);
    expect(runs).toBe(1);
    await scans.execute();
    expect(runs).toBe(2);
  });

  it('progress never falls within a run and ends with exactly one terminal snapshot', async () => {
    const { scans, progress } = setUp(disk(() => ['a', 'b', 'c']));
    await scans.execute();
    const percents = progress.map(({ progress: percent }) => percent);
    expect(percents).toEqual([...percents].sort((a, b) => a - b));
    expect(progress.filter(({ status }) => status !== undefined)).toEqual([progress.at(-1)]);
    expect(progress.at(-1)).toEqual({
      stage: 'finalizing',
      progress: 100,
      details: 'Completed! Found 3 lora files.',
      scanner_type: 'lora',
      pageType: 'loras',
      status: 'complete',
    });
    expect(progress.map(({ details }) => details).slice(0, 4)).toEqual([
      'Loading lora cache...',
      'Scanning lora folders...',
      'Found 3 lora files',
      'Processing lora files: 1/3',
    ]);
  });

  it('R-W6: a scan that fails inside rejects instead of reporting success', async () => {
    const { scans } = setUp(() => Promise.reject(new Error('disk on fire')));
    await expect(scans.execute()).rejects.toMatchObject({ code: 'internal' });
  });

  it.each([
    ['error', new Error('disk on fire')],
    ['cancelled', new ModelshelfError('cancelled', 'stopped')],
  ])('R-W34: a run that does not finish ends with the terminal state %s', async (status, reason) => {
    const { scans, progress } = setUp(() => Promise.reject(reason));
    await scans.execute().catch(() => undefined);
    expect(progress.at(-1)).toMatchObject({ status });
    expect(scans.last).toBeUndefined();
  });

  it('takes out what is gone and keeps what cannot be seen', async () => {
    let outcome: Partial<ScanOutcome> = {};
    let stems = ['a', 'b', 'sub/c'];
    const { scans, catalog } = setUp((...parts) => disk(() => stems, outcome)(...parts));
    await scans.execute();
    stems = ['a'];
    outcome = { unreadablePaths: ['/m/sub'] };
    expect(await scans.execute()).toMatchObject({ changed: 0, removed: 1 });
    expect([...catalog.entries()].map(({ file_path }) => file_path)).toEqual([
      '/m/a.safetensors',
      '/m/sub/c.safetensors',
    ]);
    outcome = { unreadablePaths: ['/m/sub/c.safetensors'] };
    expect(await scans.execute()).toMatchObject({ removed: 0 });
    outcome = { unreadablePaths: ['/m/su'], excluded: ['/m/x.safetensors'] };
    expect(await scans.execute()).toMatchObject({ removed: 1 });
    stems = ['a', 'd'];
    outcome = {};
    await scans.execute();
    stems = [];
    outcome = { offlineRoots: ['loras-0'] };
    expect(await scans.execute()).toMatchObject({ removed: 0 });
    outcome = {};
    expect(await scans.execute()).toMatchObject({ removed: 2 });
  });
});
