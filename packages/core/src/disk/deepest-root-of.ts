import type { ModelRoot } from '../shapes/scan.js';
import { isWithin } from './normalise-path.js';

/** The root that owns a path: of nested ones the deepest; undefined outside. */
export function deepestRootOf(roots: readonly ModelRoot[], path: string): ModelRoot | undefined {
  let owner: ModelRoot | undefined;
  for (const root of roots) {
    if (isWithin(root.path, path) && root.path.length >= (owner?.path.length ?? 0)) owner = root;
  }
  return owner;
}
