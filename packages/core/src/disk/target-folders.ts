import { lstat, realpath, stat } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import type { ModelRoot } from '../shapes/scan.js';
import { fsErrorCode } from './fs-error.js';
import { isWithin, joinPath, relativeTo, selfAndAncestors, toForwardSlashes } from './normalise-path.js';
import { isPortableFolderName } from './portable-name.js';

/** A folder that models may be moved into; it need not exist. */
export interface TargetFolder {
  /** As the catalog spells what lies in it. */
  readonly path: string;
  /** The root that it really lies in. */
  readonly root: ModelRoot;
}

/**
 * Finds out where a folder really is before anything is moved into it.
 *
 * Invariant: a target folder is really below a root: the real path of its nearest existing ancestor counts, so that no
 * link leads out. No root is ever made, because it may be a drive that is not plugged in.
 * Invariant: what does not exist yet has a name that every common system takes and keeps.
 */
export class TargetFolders {
  readonly #roots: readonly ModelRoot[];
  readonly #skipped: ReadonlySet<string>;

  /** @param skipped Names of folders that scans step over: what lies in them is not part of the library. */
  constructor(roots: readonly ModelRoot[], skipped: readonly string[]) {
    this.#roots = roots;
    this.#skipped = new Set(skipped.map((name) => name.toLowerCase()));
  }

  /**
   * @param folder Absolute and canonical, named below a root.
   * @param given How a request spelled it, for the message that refuses it.
   */
  async resolve(folder: string, given: string = folder): Promise<TargetFolder> {
    const named = this.#roots.find(({ path }) => isWithin(path, folder));
    const real = named === undefined ? undefined : await this.#realPathOf(folder, named.path, given);
    const place = real === undefined ? undefined : await this.#placeOf(real);
    if (place === undefined) throw outside(given);
    const below = relativeTo(place.root.path, place.path);
    if (below.split('/').some((name) => this.#skipped.has(name.toLowerCase()))) {
      throw new ModelshelfError('validation_failed', `Target path '${given}' is not part of the library`);
    }
    return place;
  }

  /** The real path, with what does not exist yet behind it; undefined behind a link that leads nowhere. */
  async #realPathOf(folder: string, root: string, given: string): Promise<string | undefined> {
    for (const place of selfAndAncestors(folder)) {
      const real = await realPathOf(place);
      if (real === undefined) {
        if (place === root) throw new ModelshelfError('storage_unavailable', 'The folder of the library is not there.');
        if (await exists(place)) return undefined;
        continue;
      }
      if (!(await stat(real)).isDirectory()) {
        throw new ModelshelfError('validation_failed', `Target path '${given}' is not a folder`);
      }
      if (place === folder) return real;
      const missing = relativeTo(place, folder);
      // Made as it is, it would have another name on disk or on the next system, or none at all.
      if (!missing.split('/').every(isPortableFolderName)) {
        throw new ModelshelfError('validation_failed', `Target path '${given}' is no name for a new folder everywhere`);
      }
      return joinPath(real, missing);
    }
    return undefined;
  }

  async #placeOf(real: string): Promise<TargetFolder | undefined> {
    let owner: { readonly root: ModelRoot; readonly realPath: string } | undefined;
    for (const root of this.#roots) {
      const realPath = await realPathOf(root.path);
      if (realPath === undefined || !isWithin(realPath, real)) continue;
      if (realPath.length >= (owner?.realPath.length ?? 0)) owner = { root, realPath };
    }
    if (owner === undefined) return undefined;
    const { root, realPath } = owner;
    return { root, path: real === realPath ? root.path : joinPath(root.path, relativeTo(realPath, real)) };
  }
}

function outside(given: string): ModelshelfError {
  return new ModelshelfError('path_outside_roots', `Target path '${given}' is outside configured library directories`);
}

async function realPathOf(path: string): Promise<string | undefined> {
  try {
    return toForwardSlashes(await realpath(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(fsErrorCode(error))) return undefined;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
