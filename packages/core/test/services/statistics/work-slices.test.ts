import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sortInSlices } from '../../../src/services/statistics/sort-in-slices.js';
import { TopList } from '../../../src/services/statistics/top-list.js';
import { WorkSlices } from '../../../src/services/statistics/work-slices.js';
import { countedLibrary, sha } from './counted-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

afterEach(() => vi.restoreAllMocks());

/** How often the clock was looked at in each turn of the event loop while something is worked out. */
async function looksPerTurn(workOut: () => Promise<unknown>): Promise<number[]> {
  const turns: number[] = [];
  let looks = 0;
  let time = 1000;
  let isDone = false;
  // Every look costs two milliseconds, so that a slice ends after a few.
  vi.spyOn(performance, 'now').mockImplementation(() => {
    looks++;
    return (time += 2);
  });
  const turn = (): void => {
    turns.push(looks);
    looks = 0;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await workOut();
  isDone = true;
  return turns;
}

it('statistics never hold the event loop longer than a slice, however many are worked out at once', async () => {
  const models = Array.from({ length: 3000 }, (_, index) => ({
    file_path: `/m/${String(index)}.safetensors`,
    sha256: sha(index.toString(16).padStart(8, '0')),
    tags: [`tag ${String(index)}`],
  }));
  const { statistics, usage, counted } = countedLibrary({ loras: models, checkpoints: models, embeddings: models });
  // The catalogs' own work in the background looks at the clock as well.
  for (const { catalog } of counted) {
    await catalog.settle();
    await catalog.settleIndexes();
  }
  await setTimeout(200);
  for (const { sha256 } of models) usage.add('loras', sha256, 1);

  const turns = await looksPerTurn(() =>
    Promise.all([
      statistics.collectionOverview(),
      statistics.usageAnalytics(),
      statistics.tagAnalytics(),
      statistics.storageAnalytics(),
      statistics.modelUsageList('lora', { ascending: true, offset: 0, limit: 1 }),
    ]),
  );

  expect(turns.length).toBeGreaterThan(20);
  expect(Math.max(...turns)).toBeLessThanOrEqual(5);
});

it('what nothing changed since is not worked out again, and calls at the same time share the work', async () => {
  const { statistics, usage } = countedLibrary({ loras: [{ file_path: '/m/a.safetensors', sha256: sha('a') }] });
  const countOf = vi.spyOn(usage, 'countOf');
  await Promise.all([1, 2, 3].map(() => statistics.collectionOverview()));
  await statistics.insights();
  await statistics.modelUsageList('lora', { ascending: true, offset: 0, limit: 1 });
  expect(countOf).toHaveBeenCalledTimes(1);
});

it('a failure is not kept', async () => {
  const { statistics, usage } = countedLibrary({ loras: [{ file_path: '/m/a.safetensors', sha256: sha('a') }] });
  vi.spyOn(usage, 'countOf').mockImplementationOnce(() => {
    throw new Error('the records are gone');
  });
  await expect(statistics.collectionOverview()).rejects.toThrow('gone');
  expect(await statistics.collectionOverview()).toMatchObject({ unused_loras: 1 });
});

describe('against plain sorting', () => {
  const rows = fc.array(fc.record({ key: fc.integer({ min: 0, max: 5 }), id: fc.integer() }), { maxLength: 3000 });
  type Row = { key: number; id: number };
  const byKey = (a: Row, b: Row): number => a.key - b.key;

  it('sorting in slices gives the same stable order', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (items) => {
        expect(await sortInSlices(items, byKey, new WorkSlices())).toEqual([...items].sort(byKey));
      }),
      { numRuns: runs },
    );
  });

  it('a top list holds the first of it', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 30 }), (items, size) => {
        const top = new TopList<Row>(size, byKey);
        for (const item of items) top.offer(item);
        expect(top.items).toEqual([...items].sort(byKey).slice(0, size));
      }),
      { numRuns: runs },
    );
  });
});
