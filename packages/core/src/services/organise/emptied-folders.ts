import { lstat } from 'node:fs/promises';
import { folderOf, selfAndAncestors } from '../../disk/normalise-path.js';
import type { TargetFolders } from '../../disk/target-folders.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';

interface EmptiedFoldersParts {
  readonly mutations: ModelMutations;
  readonly targets: TargetFolders;
  readonly logger: Logger;
}

/**
 * Removes folders that hold nothing any more; resolves with those that are gone.
 *
 * Invariant: only the given folders and those above them go, up to and without their root, and none behind a link.
 */
export async function removeEmptied(
  folders: Iterable<string>,
  kind: string,
  { mutations, targets, logger }: EmptiedFoldersParts,
): Promise<ReadonlySet<string>> {
  const candidates = new Set<string>();
  for (const folder of new Set(folders)) {
    const root = mutations.rootOf(folder);
    for (const place of selfAndAncestors(folder)) {
      if (root === undefined || place === root.path || candidates.has(place)) break;
      if (await isReallyThere(place, targets)) candidates.add(place);
    }
  }
  if (candidates.size === 0) return candidates;
  const deepestFirst = [...candidates].sort((a, b) => b.length - a.length);
  try {
    await mutations.whileLocked(deepestFirst, () => mutations.run({ kind, emptied: deepestFirst }));
  } catch (error) {
    // An empty folder is no harm.
    logger.warn('Empty folders could not be removed.', { error });
  }
  const gone = new Set<string>();
  for (const folder of deepestFirst) if (!(await isThere(folder))) gone.add(folder);
  return gone;
}

/** For each folder that models left, how many of the removed ones it accounts for: each is counted once. */
export function countByFolder(folders: Iterable<string>, gone: ReadonlySet<string>): Record<string, number> {
  const left = new Set(gone);
  const counts: Record<string, number> = {};
  for (const folder of new Set(folders)) {
    let count = 0;
    for (const place of selfAndAncestors(folder)) if (left.delete(place)) count += 1;
    counts[folder] = count;
  }
  return counts;
}

/** The folders that paths lie in, each once. */
export function foldersOf(paths: Iterable<string>): ReadonlySet<string> {
  return new Set(Array.from(paths, folderOf));
}

/** A folder behind a link is spelled otherwise where it really is. */
async function isReallyThere(folder: string, targets: TargetFolders): Promise<boolean> {
  if (!(await isThere(folder))) return false;
  return targets.resolve(folder).then(
    ({ path }) => path === folder,
    () => false,
  );
}

async function isThere(folder: string): Promise<boolean> {
  return lstat(folder).then(
    () => true,
    () => false,
  );
}
