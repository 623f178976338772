import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import { readModelName } from '../catalog/resolve-model-name.js';
import { nameOf } from '../disk/normalise-path.js';

/**
 * The one model that a name or a path means (docs/behaviour.md, "Names"): the one at exactly this place, else the only
 * one with this stem. Never a guess: undefined where several could be meant.
 */
export function findNamedModel(catalog: ModelCatalog, name: string): CatalogRecord | undefined {
  const { path, candidates, isAt } = readModelName(catalog, name);
  const [exact, ...others] = candidates.filter(isAt);
  if (exact === undefined) return candidates.length === 1 ? candidates[0] : undefined;
  // Two roots, or two extensions: the file that is named in full, else the first one.
  return [exact, ...others].find(({ entry }) => nameOf(entry.file_path) === nameOf(path)) ?? exact;
}
