import type { CatalogRecord } from '../catalog/catalog-record.js';
import { listItemOf, type ItemVariation } from '../catalog/item-fragments.js';
import type { ModelSort } from '../catalog/model-sort.js';
import type { ListItem } from '../shapes/list-item.js';
import type { ModelService } from './model-service.js';

/** What of an item depends on the question: how often a model was used is told only where the list is sorted by it. */
export function itemVariation(
  { modelType, usage }: Pick<ModelService, 'modelType' | 'usage'>,
  basePath: string,
  sort?: ModelSort,
): (record: CatalogRecord, versionCount?: number | null) => ItemVariation {
  const isSortedByUsage = sort?.key === 'usage';
  return ({ entry }, versionCount = null) => ({
    basePath,
    usageCount: isSortedByUsage ? usage.countOf(modelType.prefix, entry.sha256) : 0,
    versionCount,
  });
}

/** Models as items outside of lists. */
export function itemsOf(
  service: Pick<ModelService, 'modelType' | 'usage'>,
  records: readonly CatalogRecord[],
  basePath: string,
): ListItem[] {
  const vary = itemVariation(service, basePath);
  return records.map((record) => listItemOf(service.modelType, record, vary(record)));
}
