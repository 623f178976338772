import { nameOf } from '../disk/normalise-path.js';
import type { CatalogRecord } from './catalog-record.js';
import { plainKey } from './natural-key.js';

/** Extensions that say nothing about a model and are not looked into. */
const MODEL_EXTENSION = /\.(?:safetensors|ckpt|pt|bin)$/;

/** The path of a model below its own root. */
export function relativePathOf({ entry: { folder, file_path: path } }: CatalogRecord): string {
  return folder === '' ? nameOf(path) : `${folder}/${nameOf(path)}`;
}

/** The order of relative paths without regard to case, then by case. */
export function compareRelativePaths(a: CatalogRecord, b: CatalogRecord): number {
  const [x, y] = [plainKey(relativePathOf(a).toLowerCase()), plainKey(relativePathOf(b).toLowerCase())];
  if (x !== y) return x < y ? -1 : 1;
  const [p, q] = [relativePathOf(a), relativePathOf(b)];
  return p < q ? -1 : p > q ? 1 : 0;
}

/** What words are looked for in: the path in lower case without such an extension. */
export function searchedPathOf(record: CatalogRecord): string {
  return relativePathOf(record).toLowerCase().replace(MODEL_EXTENSION, '');
}

/** Whether the searched path ends in more, or in something else, than the searched file name. */
export function hasExtendedName({ entry, fileNameText }: CatalogRecord): boolean {
  return nameOf(entry.file_path).toLowerCase().replace(MODEL_EXTENSION, '') !== fileNameText;
}
