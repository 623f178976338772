import { lstatSync, readdirSync, statSync, type Dirent } from 'node:fs';
import type { ModelRoot } from '../shapes/scan.js';
import type { FoundFolder } from './found-folder.js';
import { fsErrorCode, fsErrorReason } from './fs-error.js';
import { isModelName, nameFilledBeside } from './model-name.js';
import { joinPath } from './normalise-path.js';
import { FolderNames } from './preview-discovery.js';
import { identityOf, type RootPresence } from './root-presence.js';
import type { ScanReport } from './scan-report.js';

/** Where a link was met: the folders that lead to a place, from the last link back to the root. */
export interface Trail {
  readonly realPath: string;
  readonly via: Trail | null;
}

/** A folder about to be listed. */
export interface FolderPlace extends Trail {
  readonly root: ModelRoot;
  readonly path: string;
}

/** A link that was met. Links are followed after everything real, so that a file is listed where it lies. */
export interface FoundLink {
  readonly name: string;
  readonly path: string;
  readonly place: FolderPlace;
  readonly folder: FoundFolder;
  readonly device: bigint;
}

/** What a walk needs besides a place to begin. */
export interface WalkContext {
  readonly extensions: ReadonlySet<string>;
  readonly skippedFolders: ReadonlySet<string>;
  readonly report: ScanReport;
  readonly presence: RootPresence;
  /** Called before every folder and link; throws when the scan was cancelled. */
  checkpoint(): void;
}

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/**
 * Lists folders below a place, without following links.
 *
 * Invariant: a folder is listed once, by device and inode; other paths to it are kept in `otherPaths`.
 */
export class FolderWalk {
  readonly folders: FoundFolder[] = [];
  readonly links: FoundLink[] = [];
  /** Real path of a listed folder to the other paths that lead to it. */
  readonly otherPaths = new Map<string, string[]>();
  readonly #context: WalkContext;
  readonly #visited = new Map<string, string>();

  constructor(context: WalkContext) {
    this.#context = context;
  }

  walk(start: FolderPlace): void {
    const waiting = [start];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      this.#context.checkpoint();
      waiting.push(...this.#list(place).reverse());
    }
  }

  /** Lists one folder and returns its sub-folders. */
  #list(place: FolderPlace): FolderPlace[] {
    try {
      const status = statSync(place.path, { bigint: true });
      const identity = identityOf(status, place.realPath);
      if (this.#context.presence.isLeftOut(identity) || this.#wasVisited(place, identity)) return [];
      const children = readdirSync(place.path, { withFileTypes: true }).sort(byName);
      return this.#sort(place, children, status.dev);
    } catch (error) {
      this.#couldNotList(place, error);
      return [];
    }
  }

  #wasVisited(place: FolderPlace, identity: string): boolean {
    const firstRealPath = this.#visited.get(identity);
    if (firstRealPath === undefined) {
      this.#visited.set(identity, place.realPath);
      return false;
    }
    const others = this.otherPaths.get(firstRealPath);
    if (others === undefined) this.otherPaths.set(firstRealPath, [place.path]);
    else others.push(place.path);
    return true;
  }

  #sort(place: FolderPlace, children: readonly Dirent[], device: bigint): FolderPlace[] {
    const { extensions, skippedFolders } = this.#context;
    const { root, path, realPath, via } = place;
    const folder: FoundFolder = { root, path, realPath, names: new FolderNames([]), models: [] };
    const subFolders: FolderPlace[] = [];
    const controlled = new Set<string>();
    this.folders.push(folder);
    for (const child of children) {
      const { name } = child;
      if (!this.#canBeNamed(place, child)) continue;
      if (child.isSymbolicLink()) {
        if (!skippedFolders.has(name)) this.links.push({ name, path: joinPath(path, name), place, folder, device });
      } else if (child.isDirectory()) {
        if (skippedFolders.has(name)) continue;
        subFolders.push({ root, path: joinPath(path, name), realPath: joinPath(realPath, name), via });
      } else if (child.isFile()) {
        folder.names.add(name);
        const filled = nameFilledBeside(name);
        if (filled !== undefined) controlled.add(filled);
        if (!isModelName(name, extensions)) continue;
        folder.models.push({ name, path: joinPath(path, name), realPath: joinPath(realPath, name), aliases: [] });
      }
    }
    if (controlled.size > 0) this.#leaveUnfinished(folder, controlled);
    return subFolders;
  }

  /** Takes out the files that a download tool still fills. */
  #leaveUnfinished(folder: FoundFolder, controlled: ReadonlySet<string>): void {
    for (const { path } of folder.models.filter(({ name }) => controlled.has(name))) {
      this.#context.report.unfinished(path);
    }
    const finished = folder.models.filter(({ name }) => !controlled.has(name));
    folder.models.splice(0, folder.models.length, ...finished);
  }

  /** False for a name whose bytes are no UTF-8: it reads as something that cannot be opened. */
  #canBeNamed(place: FolderPlace, child: Dirent): boolean {
    if (!child.name.includes('\uFFFD')) return true;
    const path = joinPath(place.path, child.name);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return true;
    if (!child.isFile() || isModelName(child.name, this.#context.extensions)) {
      this.#context.report.issue('name_unreadable', path, 'The name is not valid UTF-8; rename it to have it listed.');
    }
    return false;
  }

  #couldNotList(place: FolderPlace, error: unknown): void {
    const { report, presence } = this.#context;
    const reason = fsErrorReason(error);
    if (place.path === place.root.path) {
      report.offlineRoot(place.root.id, place.path, `The root cannot be read: ${reason}.`);
    } else if (presence.isThere(place.root) && fsErrorCode(error) !== 'ENOENT') {
      report.unreadable('folder_unreadable', place.path, `The folder cannot be read: ${reason}.`);
    }
  }
}
