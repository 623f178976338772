import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import { nameOf } from '../disk/normalise-path.js';

const MODEL_EXTENSION = /\.(safetensors|ckpt|pt|bin)$/i;

/**
 * The one model that a name or a path below a root means (docs/behaviour.md, "Names"): the one at exactly this place,
 * else the only one with this stem. Never a guess: undefined where several could be meant.
 */
export function findNamedModel(catalog: ModelCatalog, name: string): CatalogRecord | undefined {
  const path = name.replaceAll('\\', '/');
  const wanted = path.replace(MODEL_EXTENSION, '');
  // A stem may itself end like an extension: `v1.pt` of `v1.pt.safetensors`.
  const candidates = [
    ...catalog.findByStem(nameOf(wanted)),
    ...(wanted === path ? [] : catalog.findByStem(nameOf(path))),
  ];
  const placeOf = ({ entry }: CatalogRecord): string =>
    (entry.folder === '' ? '' : `${entry.folder}/`) + entry.file_name;
  const [exact, ...others] = candidates.filter((candidate) => [wanted, path].includes(placeOf(candidate)));
  if (exact === undefined) return candidates.length === 1 ? candidates[0] : undefined;
  // Two roots, or two extensions: the file that is named in full, else the first one.
  return [exact, ...others].find(({ entry }) => nameOf(entry.file_path) === nameOf(path)) ?? exact;
}
