import { nameOf, stemOf } from '../disk/normalise-path.js';
import type { CatalogRecord } from './catalog-record.js';
import type { ModelCatalog } from './model-catalog.js';

const MODEL_EXTENSION = /\.(safetensors|ckpt|pt|bin)$/i;

/** What a name may mean. */
interface ReadName {
  /** With `/` separators. */
  readonly path: string;
  /** The models with its stem or file name; the one whose path or address it is comes first. */
  readonly candidates: readonly CatalogRecord[];
  /** Whether a model lies exactly where the name says. */
  readonly isAt: (record: CatalogRecord) => boolean;
}

/** Reads a path, an address, or a stem or place below a root with or without extension. */
export function readModelName(catalog: ModelCatalog, name: string): ReadName {
  const path = name.replaceAll('\\', '/');
  const bare = path.replace(MODEL_EXTENSION, '');
  const fileName = nameOf(path);
  const located = catalog.recordOf(catalog.pathOf(name));
  const candidates = new Set([
    ...(located === undefined ? [] : [located]),
    ...catalog.findByStem(nameOf(bare)),
    // A stem may itself end like an extension: `v1.pt` of `v1.pt.safetensors`.
    ...catalog.findByStem(fileName),
    // Of the extensions that are not taken off, only the model's own counts: `v1.5` is no `v1`.
    ...catalog.findByStem(stemOf(fileName)).filter(({ entry }) => nameOf(entry.file_path) === fileName),
  ]);
  const isAt = (record: CatalogRecord): boolean => {
    const { folder, file_name: stem, file_path } = record.entry;
    const below = folder === '' ? '' : `${folder}/`;
    return record === located || [bare, path].includes(below + stem) || path === below + nameOf(file_path);
  };
  return { path, candidates: [...candidates], isAt };
}

/**
 * Models that a name may mean, likeliest first; for a name with a path those at exactly this place, then those of the
 * same stem, first the ones whose folder the path begins with, the deepest before the others.
 *
 * Source: docs/behaviour.md, "Names".
 */
export function resolveModelName(catalog: ModelCatalog, name: string): readonly CatalogRecord[] {
  const { path, candidates, isAt } = readModelName(catalog, name);
  if (!path.includes('/')) return candidates;
  const depthOf = (record: CatalogRecord): number => {
    const { folder } = record.entry;
    if (isAt(record)) return path.length;
    return folder !== '' && path.startsWith(`${folder}/`) ? folder.length : 0;
  };
  return [...candidates].sort((a, b) => depthOf(b) - depthOf(a));
}
