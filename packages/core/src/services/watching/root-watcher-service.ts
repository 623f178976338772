import { watchFolders as watchFoldersForReal, type WatchFolders } from '../../disk/watch-folders.js';
import { createWatchedNames } from '../../disk/watch-names.js';
import { isModelshelfError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelRoot } from '../../shapes/scan.js';
import { ChangeDebounce } from './change-debounce.js';
import { unrefTimers, type Timers } from './timers.js';
import { WatchedRoot } from './watched-root.js';

interface RootWatcherParts {
  readonly roots: readonly ModelRoot[];
  /** Extensions of model files, lower case, with the dot. */
  readonly extensions: readonly string[];
  /** Folder names that are never entered. */
  readonly skippedFolders: readonly string[];
  /** Scans these roots in a scan that has not begun yet; tells which of them could not be read. */
  readonly scan: (rootIds: readonly string[]) => Promise<{ readonly offlineRoots: readonly string[] }>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly watchFolders?: WatchFolders;
  readonly timers?: Timers;
}

/**
 * Scans the roots of one model type when their policy says so (docs/behaviour.md, "Scan policy").
 *
 * Invariant: a change is followed by a scan that begins after it; changes during a scan lead to one more scan.
 */
export class RootWatcherService {
  readonly #parts: RootWatcherParts;
  readonly #watched = new Map<string, WatchedRoot>();
  readonly #changed = new Set<string>();
  readonly #due = new Set<string>();
  readonly #debounce: ChangeDebounce;
  #running: Promise<void> | undefined;
  #state: 'new' | 'begun' | 'closed' = 'new';

  constructor(parts: RootWatcherParts) {
    this.#parts = parts;
    const { roots, extensions, skippedFolders, clock, logger } = parts;
    const timers = parts.timers ?? unrefTimers;
    this.#debounce = new ChangeDebounce(clock, timers, () => this.#scanChanged());
    const isWatchedName = createWatchedNames(extensions);
    for (const root of roots) {
      const watched = new WatchedRoot({
        root,
        watchFolders: parts.watchFolders ?? watchFoldersForReal,
        skippedFolders,
        isWatchedName,
        timers,
        logger,
        onDue: (id) => this.#scan([id]),
        onChange: (id) => this.#noteChange(id),
      });
      this.#watched.set(root.id, watched);
    }
  }

  /** Begins with timers and watches; to be called when the models are listed. Does nothing the second time. */
  begin(): void {
    if (this.#state !== 'new') return;
    this.#state = 'begun';
    for (const root of this.#watched.values()) root.begin();
  }

  /** Ends timers and watches and waits for a scan that goes on. May be called again. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#debounce.cancel();
    this.#due.clear();
    await Promise.all([...this.#watched.values()].map((root) => root.close()));
    await this.#running;
  }

  #noteChange(id: string): void {
    if (this.#state === 'closed') return;
    this.#changed.add(id);
    this.#debounce.note();
  }

  #scanChanged(): void {
    const ids = [...this.#changed];
    this.#changed.clear();
    this.#scan(ids);
  }

  #scan(ids: readonly string[]): void {
    if (this.#state === 'closed') return;
    for (const id of ids) this.#due.add(id);
    this.#running ??= this.#scanDue().finally(() => {
      this.#running = undefined;
      // What became due while the last one ended.
      if (this.#due.size > 0) this.#scan([]);
    });
  }

  async #scanDue(): Promise<void> {
    while (this.#due.size > 0) {
      const ids = [...this.#due];
      this.#due.clear();
      const offline = await this.#scanOnce(ids);
      for (const id of ids) await this.#watched.get(id)?.scanned(offline.includes(id));
    }
  }

  async #scanOnce(ids: readonly string[]): Promise<readonly string[]> {
    const { scan, clock, logger } = this.#parts;
    const begunAt = clock.now();
    try {
      return (await scan(ids)).offlineRoots;
    } catch (error) {
      const isCancelled = isModelshelfError(error) && error.code === 'cancelled';
      if (!isCancelled) logger.error('A root could not be scanned.', { roots: ids, error });
      return [];
    } finally {
      this.#debounce.scanTook(clock.now() - begunAt);
    }
  }
}
