import { realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { ModelshelfError } from '../errors.js';
import { isWithin, selfAndAncestors, toForwardSlashes } from './normalise-path.js';

/** Decides which paths may be touched. */
export interface PathContainment {
  /**
   * The real path behind a path that a client names, `/` separators. Rejects with `path_outside_roots` whatever leads
   * outside, existing or not, and with `not_found` what is named inside and cannot be reached.
   */
  resolveContained(path: string): Promise<string>;
}

/** What lies inside. */
export interface ContainedPlaces {
  /** Configured roots, absolute, `/` separators, as the user spelled them. */
  readonly roots: readonly string[];
  /** Real paths of folders and files that links below the roots lead to, as a scan found them. */
  readonly linkTargets: readonly ReadonlySet<string>[];
}

/**
 * Contains paths in the roots, and in the targets of links that a scan found below them.
 *
 * Invariant: it is the real path that counts, compared by whole components; nothing is ever learned from a request, and
 * a path that is not even named inside is refused without a look at the disk.
 *
 * @param places Asked at every call, because scans find new links.
 */
export function createPathContainment(places: () => ContainedPlaces): PathContainment {
  return {
    async resolveContained(path) {
      const named = toForwardSlashes(path);
      if (!isNameable(named)) throw outside();
      const { roots, linkTargets } = places();
      if (NETWORK_NAME.test(named) && !roots.some((root) => isWithin(root, named))) throw outside();
      const realRoots = await Promise.all(roots.map(realPathOf));
      const contains = (candidate: string, folders: readonly (string | undefined)[]): boolean =>
        folders.some((folder) => folder !== undefined && isWithin(folder, candidate)) ||
        isLinked(candidate, linkTargets);
      if (!contains(named, [...roots, ...realRoots])) throw outside();
      const real = await realPathOf(named);
      if (real === undefined) throw new ModelshelfError('not_found', 'There is no such file in the library.');
      if (!contains(real, realRoots)) throw outside();
      return real;
    },
  };
}

function outside(): ModelshelfError {
  return new ModelshelfError('path_outside_roots', 'The path is not within the library.');
}

/** A server and a share on Windows. Nobody but the user, by a root, may make the process talk to a server. */
const NETWORK_NAME = /^[/\\]{2}/;

/** Relative paths, NUL and `..` never name anything of ours. */
function isNameable(path: string): boolean {
  if (!isAbsolute(path) || path.includes('\0')) return false;
  return !path.split(/[/\\]/).includes('..');
}

function isLinked(path: string, linkTargets: readonly ReadonlySet<string>[]): boolean {
  for (const place of selfAndAncestors(path)) if (linkTargets.some((targets) => targets.has(place))) return true;
  return false;
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return toForwardSlashes(await realpath(path));
  } catch {
    return undefined;
  }
}
