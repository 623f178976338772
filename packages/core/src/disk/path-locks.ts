import { folderOf, joinPath, nameOf, stemOf } from './normalise-path.js';

/**
 * What is locked for a model at a path: its folder and stem, so that models that share their companions lock each other
 * out. Case and Unicode form do not count, because on some file systems they do not make another file.
 */
export function pathLockKey(modelPath: string): string {
  return joinPath(folderOf(modelPath), stemOf(nameOf(modelPath)))
    .normalize('NFC')
    .toLowerCase();
}

/**
 * Locks by key within the process.
 *
 * Invariant: work over a common key never overlaps, begins in the order of the requests, and never waits for itself in a
 * circle: all keys are asked for in one step, so that one waits only for what was asked for earlier. Not re-entrant.
 */
export class PathLocks {
  /** Key to the end of the last work that asked for it. */
  readonly #last = new Map<string, Promise<void>>();

  /** Keys that somebody holds or waits for. */
  get size(): number {
    return this.#last.size;
  }

  /** Resolves at a moment at which nobody holds or waits for anything. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }

  async withPaths<T>(keys: Iterable<string>, work: () => Promise<T>): Promise<T> {
    const own = [...new Set(keys)];
    const before = own.flatMap((key) => this.#last.get(key) ?? []);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    for (const key of own) this.#last.set(key, ended);
    try {
      await Promise.all(before);
      return await work();
    } finally {
      for (const key of own) if (this.#last.get(key) === ended) this.#last.delete(key);
      end();
    }
  }
}
