import { ModelCatalog } from '../../../src/catalog/model-catalog.js';
import { builtInModelTypes } from '../../../src/model-types/built-in-model-types.js';
import { defineModelType, type ModelType } from '../../../src/model-types/model-type.js';
import { StatisticsService } from '../../../src/services/statistics/statistics-service.js';
import type { CatalogEntry } from '../../../src/shapes/catalog-entry.js';
import { makeModel } from '../../catalog/make-model.js';
import { MemoryUsage } from './memory-usage.js';

/** A digest of 64 digits that begins with some of a test's own. */
export const sha = (start: string): string => start.padEnd(64, '0');

type Models = readonly (Partial<CatalogEntry> & { file_path: string })[];

/** Statistics over catalogs with these models; noon of 2026-01-30 unless a test sets the clock. */
export function countedLibrary(models: Readonly<Record<string, Models>>, types: readonly ModelType[] = []) {
  const usage = new MemoryUsage();
  const clock = { time: new Date(2026, 0, 30, 12).getTime(), now: () => clock.time };
  const counted = [...builtInModelTypes, ...types].map((modelType) => {
    const options = {
      modelType,
      roots: [{ id: 'root', path: '/m', subType: null }],
      nameDisplay: 'model_name',
    } as const;
    const catalog = new ModelCatalog({ ...options, usage });
    catalog.upsert((models[modelType.prefix] ?? []).map((entry) => makeModel(entry, { root: 'root' })));
    return { modelType, catalog, excluded: new ModelCatalog(options) };
  });
  const catalogOf = (prefix: string): ModelCatalog => {
    const type = counted.find(({ modelType }) => modelType.prefix === prefix);
    if (type === undefined) throw new Error(`no type ${prefix}`);
    return type.catalog;
  };
  return { statistics: new StatisticsService({ types: counted, usage, clock }), usage, clock, counted, catalogOf };
}

/** A model type of a host. */
export const hostType = defineModelType({ name: 'vae', prefix: 'vae', extensions: ['.pt'] });
