import type { FolderWatch, WatchFolders } from '../../disk/watch-folders.js';
import type { Logger } from '../../ports/logger.js';
import { DEFAULT_SCAN_POLICY, type RootScanPolicy } from '../../shapes/root-scan-policy.js';
import type { ModelRoot } from '../../shapes/scan.js';
import type { Timers } from './timers.js';

/** How often a root is scanned that is to be scanned at intervals and does not say how often. */
const INTERVAL_SECONDS = 300;

/** How often a root that cannot be watched is tried, or scanned instead. */
const RETRY_SECONDS = 60;

/** The system has no more to give, and will not have in a minute: trying would list every folder again for nothing. */
const EXHAUSTED = new Set<unknown>(['ENOSPC', 'EMFILE', 'ENFILE']);

/** A drive that is not plugged in; the scan tells, the logger need not. */
const OFFLINE = new Set<unknown>(['ENOENT', 'ENOTDIR']);

interface WatchedRootParts {
  readonly root: ModelRoot;
  readonly watchFolders: WatchFolders;
  readonly skippedFolders: readonly string[];
  readonly isWatchedName: (name: string) => boolean;
  readonly timers: Timers;
  readonly logger: Logger;
  /** It is time to scan the root. */
  readonly onDue: (rootId: string) => void;
  /** Something changed below the root; more may follow. */
  readonly onChange: (rootId: string) => void;
}

/**
 * Decides when one root is to be scanned: when its files change, or so often.
 *
 * Invariant: a watched root whose watch cannot be made or broke is scanned at intervals instead; one that was away is
 * watched again when it is back, and scanned then.
 */
export class WatchedRoot {
  readonly #parts: WatchedRootParts;
  readonly #policy: RootScanPolicy;
  #watch: FolderWatch | undefined;
  #opening: Promise<void> | undefined;
  #canWatch: boolean;
  #hasReported = false;
  #cancelTimer: (() => void) | undefined;
  readonly #closing = new AbortController();

  constructor(parts: WatchedRootParts) {
    this.#parts = parts;
    this.#policy = parts.root.scan ?? DEFAULT_SCAN_POLICY;
    this.#canWatch = this.#policy.mode === 'watch';
  }

  begin(): void {
    if (this.#canWatch) this.#open();
    else if (this.#policy.mode === 'interval') this.#schedule();
  }

  /** A scan of the root has ended; `isOffline` when it could not be read. */
  async scanned(isOffline: boolean): Promise<void> {
    const watch = this.#watch;
    if (watch !== undefined && (isOffline || !(await watch.isSound()))) await this.#stopWatching(watch);
    if (this.#opening === undefined) this.#schedule();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#cancelTimer?.();
    await this.#opening;
    await this.#watch?.close();
    this.#watch = undefined;
  }

  /** The next scan at intervals, counted from now; a root that is watched needs none unless it says so. */
  #schedule(): void {
    this.#cancelTimer?.();
    const { mode, everySeconds } = this.#policy;
    const byDefault = mode === 'interval' ? INTERVAL_SECONDS : RETRY_SECONDS;
    const seconds = everySeconds ?? (this.#watch === undefined ? byDefault : undefined);
    if (this.#closing.signal.aborted || seconds === undefined) return;
    this.#cancelTimer = this.#parts.timers.after(seconds * 1000, () => {
      if (this.#canWatch && this.#watch === undefined) this.#open();
      else this.#parts.onDue(this.#parts.root.id);
    });
  }

  #open(): void {
    this.#opening ??= this.#openWatch().finally(() => (this.#opening = undefined));
  }

  async #openWatch(): Promise<void> {
    const { root, watchFolders, skippedFolders, isWatchedName, onChange, onDue } = this.#parts;
    let watch: FolderWatch | undefined;
    let isBroken = false;
    try {
      watch = await watchFolders([root.path], {
        skippedFolders,
        isWatchedName,
        signal: this.#closing.signal,
        onChange: () => onChange(root.id),
        onError: (error) => {
          if (isBroken) return;
          isBroken = true;
          this.#failed(error);
          if (watch !== undefined) void this.#stopWatching(watch);
          onDue(root.id);
        },
      });
      if (this.#closing.signal.aborted || isBroken) return await watch.close();
      this.#watch = watch;
      this.#hasReported = false;
      // What changed before the watch stood.
      onDue(root.id);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#failed(error);
      this.#schedule();
    }
  }

  async #stopWatching(watch: FolderWatch): Promise<void> {
    if (this.#watch === watch) this.#watch = undefined;
    await watch.close();
  }

  #failed(error: unknown): void {
    const { root, logger } = this.#parts;
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (EXHAUSTED.has(code)) this.#canWatch = false;
    if (OFFLINE.has(code) || this.#hasReported) return;
    this.#hasReported = true;
    logger.warn('A root cannot be watched; it is scanned at intervals.', { root: root.path, error });
  }
}
