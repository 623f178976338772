import type { CatalogRecord } from './catalog-record.js';
import type { ModelCatalog } from './model-catalog.js';

const MODEL_EXTENSION = /\.(safetensors|ckpt|pt|bin)$/i;

/**
 * Models that a name may mean, likeliest first: `stem` or `folder/stem`, with or without extension, and for a name with
 * a path that matches none exactly those of the same stem, first the ones whose folder the path begins with.
 *
 * Source: docs/behaviour.md, "Names".
 */
export function resolveModelName(catalog: ModelCatalog, name: string): readonly CatalogRecord[] {
  const wanted = name.replaceAll('\\', '/').replace(MODEL_EXTENSION, '');
  const stem = wanted.slice(wanted.lastIndexOf('/') + 1);
  const candidates = catalog.findByStem(stem);
  if (stem === wanted) return candidates;
  const exact = candidates.filter(({ entry }) => `${entry.folder}/${stem}` === wanted);
  const others = candidates.filter((candidate) => !exact.includes(candidate));
  const near = others.filter(({ entry }) => entry.folder !== '' && wanted.startsWith(`${entry.folder}/`));
  return [...exact, ...near, ...others.filter((candidate) => !near.includes(candidate))];
}
