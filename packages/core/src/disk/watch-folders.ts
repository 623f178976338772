import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import { folderOf, isWithin, joinPath, nameOf, toForwardSlashes } from './normalise-path.js';

/** What to watch for. */
export interface WatchOptions {
  /** Folder names that are never entered, at any depth. */
  readonly skippedFolders: readonly string[];
  /** Tells by its name whether a file counts. Folders and links to folders always do. */
  readonly isWatchedName: (name: string) => boolean;
  /** Gives up a watch that is not complete yet. */
  readonly signal: AbortSignal;
  /** Something is new, changed or gone. May be told several times about one change. */
  readonly onChange: (path: string) => void;
  /** The watch is no longer complete, such as when the system has no more watches to give. */
  readonly onError: (error: unknown) => void;
}

/** Folders that are being watched. */
export interface FolderWatch {
  /** False when a folder is gone, or another one is in its place, such as another drive: nothing more will be heard. */
  isSound(): Promise<boolean>;
  close(): Promise<void>;
}

/** Watches folders and everything below them; `watchFolders` in real life. */
export type WatchFolders = (folders: readonly string[], options: WatchOptions) => Promise<FolderWatch>;

/**
 * Watches folders and everything below them, links to folders included; resolves when the watch is complete and rejects
 * when a folder is not there or the watch cannot be made so. The process stays alive until it is closed.
 *
 * Invariant: the system is asked for one watch per folder, none per file; a folder is watched once, whatever links lead
 * to it.
 */
export const watchFolders: WatchFolders = async (folders, options) => {
  const watch = await FolderTreeWatch.of(folders, options);
  await watch.open();
  return watch;
};

interface Base {
  readonly path: string;
  readonly identity: string;
}

class FolderTreeWatch implements FolderWatch {
  readonly #options: WatchOptions;
  readonly #skipped: ReadonlySet<string>;
  readonly #bases: Base[];
  readonly #links = new Set<string>();
  #close: (() => Promise<void>) | undefined;
  #follow: (folder: string) => void = () => undefined;

  private constructor(bases: readonly Base[], options: WatchOptions) {
    this.#bases = [...bases];
    this.#options = options;
    this.#skipped = new Set(options.skippedFolders);
  }

  static async of(folders: readonly string[], options: WatchOptions): Promise<FolderTreeWatch> {
    return new FolderTreeWatch(await Promise.all(folders.map(baseOf)), options);
  }

  async open(): Promise<void> {
    // Only who watches pays for it.
    const { watch } = await import('chokidar');
    const watcher = watch(
      this.#bases.map(({ path }) => path),
      {
        ignoreInitial: true,
        ignorePermissionErrors: true,
        // Links are followed here, each real folder once; there they could lead round and round.
        followSymlinks: false,
        atomic: false,
        ignored: (path, status) => this.#isIgnored(toForwardSlashes(path), status),
      },
    );
    this.#follow = (folder) => watcher.add(folder);
    this.#close = async () => {
      const closed = watcher.close();
      // It still reads folders, and an error event that nobody hears is thrown.
      watcher.on('error', () => undefined);
      await closed;
    };
    // A file that is ignored has no watch of its own: the watch of its folder tells its name.
    watcher.on('raw', (_event, name, details) => this.#onRaw(name, details));
    watcher.on('addDir', (path) => this.#options.onChange(toForwardSlashes(path)));
    watcher.on('unlinkDir', (path) => this.#options.onChange(toForwardSlashes(path)));
    try {
      await new Promise<void>((resolve, reject) => {
        const { signal } = this.#options;
        const giveUp = (): void => reject(new ModelshelfError('cancelled', 'The folders are not watched.'));
        if (signal.aborted) giveUp();
        signal.addEventListener('abort', giveUp, { once: true });
        watcher.on('ready', resolve).on('error', reject);
      });
    } catch (error) {
      await this.close();
      throw error;
    }
    watcher.on('error', (error) => this.#options.onError(error));
  }

  async isSound(): Promise<boolean> {
    try {
      const now = await Promise.all(this.#bases.map(({ path }) => baseOf(path)));
      return now.every(({ identity }, index) => identity === this.#bases[index]?.identity);
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#follow = () => undefined;
    await this.#close?.();
  }

  #isIgnored(path: string, status: Stats | undefined): boolean {
    if (this.#skipped.has(nameOf(path))) return true;
    if (status === undefined || status.isDirectory()) return false;
    if (status.isSymbolicLink() && !this.#links.has(path)) void this.#followLink(path);
    return true;
  }

  /** A link to a file is a name in its folder; one to a folder is watched where it leads. */
  async #followLink(link: string): Promise<void> {
    this.#links.add(link);
    try {
      const target = await baseOf(link);
      const leadsBack = isWithin(target.path, folderOf(link));
      if (leadsBack || this.#skipped.has(nameOf(target.path))) return;
      if (this.#bases.some(({ path }) => isWithin(path, target.path))) return;
      this.#bases.push(target);
      this.#follow(target.path);
    } catch {
      // It leads nowhere, or to a file: the scan tells.
    }
  }

  #onRaw(name: unknown, details: unknown): void {
    const { onChange, isWatchedName } = this.#options;
    const folder = watchedPathOf(details);
    // Some systems cannot say what changed.
    if (typeof name !== 'string' || folder === undefined) {
      onChange(folder ?? '');
      return;
    }
    const path = joinPath(folder, toForwardSlashes(name));
    // It may lead elsewhere from now on; the listing of its folder, which follows, finds out.
    const wasLink = this.#links.delete(path);
    if (wasLink || isWatchedName(nameOf(path))) onChange(path);
  }
}

function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== 'object' || details === null || !('watchedPath' in details)) return undefined;
  return typeof details.watchedPath === 'string' ? toForwardSlashes(details.watchedPath) : undefined;
}

async function baseOf(folder: string): Promise<Base> {
  const path = toForwardSlashes(await realpath(folder));
  const status = await stat(path, { bigint: true });
  if (!status.isDirectory()) throw Object.assign(new Error('It is not a folder.'), { code: 'ENOTDIR' });
  return { path, identity: `${String(status.dev)}:${String(status.ino)}` };
}
