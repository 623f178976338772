import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdTable } from '../../src/catalog/id-table.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import type { SortKey } from '../../src/catalog/model-sort.js';
import { smallest } from '../../src/catalog/smallest.js';
import { sortingSlices } from '../../src/catalog/sorting-slices.js';
import { runAtOnce } from '../../src/catalog/in-turns.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';
import { naiveRelativePaths } from './naive-lists.js';
import { naiveQuery } from './naive-query.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const sorts = ['name', 'date', 'size', 'added'] as const;
const MODELS = 700;

const words = ['ink', 'wash', 'neon', 'Storm', 'glass', 'ember', '東京'];
const wordOf = (at: number): string => words[at % words.length] ?? '';

/** Enough of them that none is sorted or entered one by one, with many ties. */
function manyModels(count: number, from = 0): ScannedModel[] {
  return Array.from({ length: count }, (_, step) => {
    const at = (step * 389) % count;
    const stem = `${wordOf(at)}_${wordOf(at >> 3)}-${String((from + at) % 97)}`;
    const folder = `shelf ${String((from + at) % 11)}/set ${String(from + at)}`;
    return makeModel(
      {
        file_path: `/m/${folder}/${stem}.safetensors`,
        file_name: stem,
        model_name: at % 3 === 0 ? '' : `${wordOf(at >> 1)} ${wordOf(at)} long enough to tie ${String(at % 40)}`,
        folder,
        size: at % 5,
        modified: at % 7,
        tags: [wordOf(at), 'style'],
      },
      { root: 'loras-0', digest: 'none' },
    );
  });
}

const newCatalog = (nameDisplay: 'model_name' | 'file_name' = 'model_name'): ModelCatalog =>
  new ModelCatalog({ modelType: lora, roots: [{ id: 'loras-0', path: '/m', subType: null }], nameDisplay });

function expectTruth(catalog: ModelCatalog, models: readonly ScannedModel[]): void {
  const library = { models, usageOf: () => 0 };
  const text = { fileName: true, modelName: true, tags: false, creator: false };
  const filters = [
    {},
    { search: { text: 'ink', fuzzy: false, ...text } },
    { search: { text: 'stohrm glass', fuzzy: true, ...text } },
    { search: { text: 'neo', fuzzy: false, ...text, fileName: false } },
    { tags: { include: ['glass'], exclude: ['ink'], logic: 'any' as const } },
    { folderInclude: { paths: ['shelf 3'], recursive: true }, firstLetter: 'n' },
  ];
  for (const filter of filters) {
    for (const key of sorts satisfies readonly SortKey[]) {
      const asked = { filter, sort: { key, descending: key === 'size', seed: '' } };
      const found = catalog.query({ ...asked, page: 1, pageSize: models.length + 1 });
      expect(found.records.map(({ entry }) => entry.file_path)).toEqual(
        naiveQuery(library, asked).map(({ path }) => path),
      );
    }
  }
  const counted = new Map(catalog.rankedTags().map(({ value, count }) => [value, count]));
  expect(counted.get('style')).toBe(models.length);
  expect(counted.get('ink')).toBe(models.filter(({ entry }) => entry.tags.includes('ink')).length);
  const search = { search: 'in -97', filter: undefined, limit: 20, offset: 30 };
  expect(catalog.relativePaths(search)).toEqual(naiveRelativePaths(library, search));
}

describe('many models that enter at once', () => {
  it('the order holds every id exactly once and equals a sort from scratch', () => {
    const catalog = newCatalog();
    const models = manyModels(MODELS);
    for (let from = 0; from < MODELS; from += 48) catalog.upsert(models.slice(from, from + 48));
    expectTruth(catalog, models);
  });

  it('the order holds every id exactly once when those that had places leave before many others get theirs', () => {
    const catalog = newCatalog();
    const [first, others] = [manyModels(MODELS).slice(0, 3), manyModels(MODELS).slice(3)];
    catalog.upsert(first);
    expectTruth(catalog, first);
    catalog.upsert(others);
    catalog.remove(first.map(({ entry }) => entry.file_path));
    expectTruth(catalog, others);
  });

  it('a search finds the same models whether their names are entered or wait', async () => {
    const catalog = newCatalog();
    const models = manyModels(MODELS);
    catalog.upsert(models);
    expectTruth(catalog, models);
    await catalog.settleIndexes();
    expectTruth(catalog, models);
  });

  it('what the first page does not need is entered in the background when things are quiet', async () => {
    const catalog = newCatalog();
    const models = manyModels(MODELS);
    catalog.upsert(models);
    await sleep(120);
    expectTruth(catalog, models);
  });

  it('what changes while they are put in order and entered is found as it is in the end', async () => {
    const catalog = newCatalog();
    const models = manyModels(9_000);
    catalog.upsert(models);
    const settled = [catalog.settle(), catalog.settleIndexes()];
    const changed = models
      .slice(0, 300)
      .map((model) => ({ ...model, entry: { ...model.entry, model_name: 'neon changed', modified: 3 } }));
    const gone = models.slice(300, 8_400).map(({ entry }) => entry.file_path);
    await sleep(1);
    catalog.remove(gone);
    await sleep(0);
    catalog.upsert(changed);
    catalog.upsert(manyModels(200, 20_000));
    await Promise.all(settled);
    expectTruth(catalog, [...changed, ...models.slice(8_400), ...manyModels(200, 20_000)]);
  });

  it('settling sorts ahead what a look would sort', async () => {
    const [ahead, later] = [newCatalog('file_name'), newCatalog('file_name')];
    for (const catalog of [ahead, later]) catalog.upsert(manyModels(MODELS));
    await ahead.settle();
    for (const key of sorts) {
      const query = { filter: {}, sort: { key, descending: false, seed: '' }, page: 1, pageSize: MODELS };
      const paths = (catalog: ModelCatalog): string[] =>
        catalog.query(query).records.map(({ entry }) => entry.file_path);
      expect(paths(ahead)).toEqual(paths(later));
    }
  });
});

describe('what the orders are made of', () => {
  it('sorting in slices is a stable sort', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30), { maxLength: 300 }), (keys) => {
        const ids = Uint32Array.from(keys.keys());
        const compare = (a: number, b: number): number => (keys[a] ?? 0) - (keys[b] ?? 0);
        runAtOnce(sortingSlices(ids, compare));
        expect([...ids]).toEqual([...keys.keys()].sort(compare));
      }),
      { numRuns: runs },
    );
  });

  it('the smallest so many are told without sorting all', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 1, maxLength: 60 }), fc.nat(59), (numbers, at) => {
        const place = at % numbers.length;
        expect(smallest(Float64Array.from(numbers), place)).toBe([...numbers].sort((a, b) => a - b)[place]);
      }),
      { numRuns: runs },
    );
  });

  it('an id is found under its key until it is removed, however many share the key', () => {
    const step = fc.record({ id: fc.nat(200), key: fc.integer({ min: -3, max: 90 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const [table, truth] = [new IdTable(), new Map<number, number>()];
        for (const { id, key } of steps) {
          if (truth.delete(id)) table.remove(id);
          else {
            table.add(key, id);
            truth.set(id, key);
          }
        }
        for (let key = -3; key <= 90; key++) {
          const ids = [...truth].filter(([, known]) => known === key).map(([id]) => id);
          expect(table.get(key).sort((a, b) => a - b)).toEqual(ids.sort((a, b) => a - b));
          expect(table.shared.has(key)).toBe(ids.length > 1);
        }
      }),
      { numRuns: runs },
    );
  });
});
