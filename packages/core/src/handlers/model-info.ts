import { resolveModelName } from '../catalog/resolve-model-name.js';
import { ModelshelfError } from '../errors.js';
import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { JsonReply } from '../shapes/reply.js';
import type { ModelService } from './model-service.js';

/** One model as the catalog keeps it; throws `not_found`. */
export function modelInfoOf(
  { catalog, modelType }: Pick<ModelService, 'catalog' | 'modelType'>,
  name: string,
): JsonReply<{ success: true } & CatalogEntry> {
  const [record] = resolveModelName(catalog, name);
  if (record === undefined) throw new ModelshelfError('not_found', `${modelType.label} not found`);
  return { kind: 'json', body: { success: true, ...record.entry } };
}
