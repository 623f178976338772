import { realpathSync, statSync, type BigIntStats } from 'node:fs';
import type { ModelRoot } from '../shapes/scan.js';
import { fsErrorReason } from './fs-error.js';
import { isWithin, toForwardSlashes } from './normalise-path.js';
import type { ScanReport } from './scan-report.js';

/** What makes two paths one folder; some network file systems know no inode, there it is the real path. */
export function identityOf(status: BigIntStats, realPath: string): string {
  return status.ino === 0n ? realPath : `${String(status.dev)}:${String(status.ino)}`;
}

/** Knows which roots are there, and notices when one goes away: a share that was unmounted lost no models. */
export class RootPresence {
  readonly #report: ScanReport;
  readonly #identities = new Map<string, string>();
  readonly #realPaths: { readonly path: string; readonly isLeftOut: boolean }[] = [];
  readonly #leftOut = new Set<string>();

  constructor(report: ScanReport) {
    this.#report = report;
  }

  /** Root id to identity, of the roots that this scan entered. */
  get identities(): ReadonlyMap<string, string> {
    return this.#identities;
  }

  /** The root's real path; undefined, and reported as offline, when it cannot be reached. */
  enter(root: ModelRoot): string | undefined {
    try {
      const realPath = toForwardSlashes(realpathSync.native(root.path));
      const status = statSync(realPath, { bigint: true });
      if (!status.isDirectory()) {
        this.#offline(root, 'not a folder');
        return undefined;
      }
      this.#identities.set(root.id, identityOf(status, realPath));
      this.#realPaths.push({ path: realPath, isLeftOut: false });
      return realPath;
    } catch (error) {
      this.#offline(root, fsErrorReason(error));
      return undefined;
    }
  }

  /** Notes a root that this scan shall not look into, wherever a folder or a link leads to it. */
  leaveOut(root: ModelRoot): void {
    try {
      const realPath = toForwardSlashes(realpathSync.native(root.path));
      this.#leftOut.add(identityOf(statSync(realPath, { bigint: true }), realPath));
      this.#realPaths.push({ path: realPath, isLeftOut: true });
    } catch {
      // Nothing leads to a folder that is not there.
    }
  }

  /** Tells whether a folder is a root that this scan leaves out. */
  isLeftOut(identity: string): boolean {
    return this.#leftOut.has(identity);
  }

  /** Tells whether a real path lies below a root that this scan leaves out, and below no scanned root within that. */
  isWithinLeftOut(realPath: string): boolean {
    if (this.#leftOut.size === 0) return false;
    let owner: { readonly path: string; readonly isLeftOut: boolean } | undefined;
    for (const root of this.#realPaths) {
      if (isWithin(root.path, realPath) && root.path.length >= (owner?.path.length ?? 0)) owner = root;
    }
    return owner?.isLeftOut ?? false;
  }

  /** Tells whether the root is still the folder that it was; one that is not is reported as offline. */
  isThere(root: ModelRoot): boolean {
    if (this.#report.isOffline(root.id)) return false;
    try {
      const realPath = toForwardSlashes(realpathSync.native(root.path));
      if (identityOf(statSync(realPath, { bigint: true }), realPath) === this.#identities.get(root.id)) return true;
      this.#offline(root, 'it went away during the scan');
    } catch (error) {
      this.#offline(root, fsErrorReason(error));
    }
    return false;
  }

  /** Reports a root that holds nothing and is another folder than the one that was scanned before. */
  isAnotherFolder(root: ModelRoot): void {
    this.#offline(root, 'it is empty and not the folder that was scanned before; a drive may not be mounted');
  }

  /** Tells whether a real path lies below a root. */
  contains(realPath: string): boolean {
    return this.#realPaths.some((root) => isWithin(root.path, realPath));
  }

  #offline(root: ModelRoot, reason: string): void {
    this.#report.offlineRoot(root.id, root.path, `The root cannot be read: ${reason}.`);
  }
}
