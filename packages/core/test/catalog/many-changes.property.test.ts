import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import type { SortKey } from '../../src/catalog/model-sort.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';
import { naiveQuery } from './naive-query.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 300 : 12;

/** Numbers that name a model each; many, because few are never sorted nor entered in slices. */
const many = fc.uniqueArray(fc.nat(600), { maxLength: 300, size: 'max' });

const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('upsert' as const), models: many, variant: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), models: many }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'settle' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      filter: fc.constantFrom(
        {},
        { tags: { include: ['tag 1'], exclude: [], logic: 'any' as const } },
        { folderInclude: { paths: ['f3'], recursive: true } },
        { firstLetter: 'n' },
      ),
      key: fc.constantFrom<SortKey>('name', 'date', 'size', 'added', 'usage', 'versions_count'),
      grouping: fc.constantFrom(undefined, 'model' as const),
    }),
  },
);

/** With many ties. */
function modelOf(number: number, variant: number): ScannedModel {
  const folder = `f${String(number % 9)}`;
  const mixed = (number * 7 + variant * 13) % 30;
  return makeModel(
    {
      file_path: `/m/${folder}/m${String(number)}.safetensors`,
      file_name: `m${String(number)}`,
      model_name: `${mixed % 4 === 0 ? 'o' : 'n'}${String(mixed)}`,
      folder,
      size: mixed % 4,
      modified: mixed % 5,
      tags: [`tag ${String(mixed % 3)}`],
      sha256: mixed % 2 === 0 ? '' : String(mixed % 10).repeat(64),
    },
    { root: 'loras-0', digest: 'none' },
  );
}

const pathOf = ({ entry }: ScannedModel): string => entry.file_path;

describe('many models that come and go while others are put in order and entered', () => {
  it('whoever looks sees every index and order as if each change had been entered at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12, size: 'max' }), async (steps) => {
        const roots = [{ id: 'loras-0', path: '/m', subType: null }];
        const catalog = new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
        const truth = new Map<string, ScannedModel>();
        const settled: Promise<void>[] = [];
        for (const change of steps) {
          if (change.kind === 'upsert') {
            const models = change.models.map((number) => modelOf(number, change.variant));
            catalog.upsert(models);
            for (const model of models) truth.set(pathOf(model), model);
          } else if (change.kind === 'remove') {
            const paths = change.models.map((number) => pathOf(modelOf(number, 0)));
            catalog.remove(paths);
            for (const path of paths) truth.delete(path);
          } else if (change.kind === 'settle') {
            settled.push(catalog.settle(), catalog.settleIndexes());
            await setImmediate();
          } else {
            const { filter, key, grouping } = change;
            const asked = { filter, sort: { key, descending: false, seed: '' }, grouping };
            const models = [...truth.values()];
            expect(catalog.query({ ...asked, page: 1, pageSize: 1_000 }).records.map(pathOf)).toEqual(
              naiveQuery({ models, usageOf: () => 0 }, asked).map(({ path }) => path),
            );
            expect(catalog.pendingDigests().map(({ path }) => path)).toEqual(
              models.filter(({ entry }) => entry.sha256 === '').map(pathOf),
            );
          }
        }
        await Promise.all(settled);
      }),
      { numRuns: runs },
    );
  });
});
