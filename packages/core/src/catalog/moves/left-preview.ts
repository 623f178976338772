import { stat } from 'node:fs/promises';
import { isWithin } from '../../disk/normalise-path.js';
import type { ModelRoot } from '../../shapes/scan.js';

/** The preview that a model left behind, if it is still there and below a root; else empty. Never rejects. */
export async function leftPreview(path: string, roots: readonly ModelRoot[]): Promise<string> {
  if (path === '' || !roots.some((root) => isWithin(root.path, path))) return '';
  try {
    return (await stat(path)).isFile() ? path : '';
  } catch {
    return '';
  }
}
