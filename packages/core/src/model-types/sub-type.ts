import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { ModelType } from './model-type.js';

/**
 * What a model is within its type (docs/behaviour.md, "Sub-types"): the first non-blank of the entry's own value, the
 * remote type where the model type reads it, and the type's default.
 */
export function subTypeOf(type: ModelType, entry: Pick<CatalogEntry, 'sub_type' | 'civitai'>): string {
  const own = entry.sub_type?.trim() ?? '';
  if (!type.subTypeFromCivitai) return own === '' ? type.defaultSubType : own;
  const remote = entry.civitai?.model?.type.trim() ?? '';
  return (own || remote || type.defaultSubType).toLowerCase();
}
