/** What changed while somebody looked at the disk. */
export interface TouchedWatch {
  has(path: string): boolean;
  end(): void;
}

/**
 * Paths whose rows were changed on purpose. Whoever compares the catalog with the disk watches them meanwhile, because
 * what it saw of them may be older.
 *
 * Invariant: a reconcile skips paths that changed since its walk began.
 */
export class TouchedPaths {
  readonly #watches = new Set<Set<string>>();

  touch(paths: Iterable<string>): void {
    if (this.#watches.size === 0) return;
    for (const path of paths) for (const watch of this.#watches) watch.add(path);
  }

  watch(): TouchedWatch {
    const touched = new Set<string>();
    this.#watches.add(touched);
    return {
      has: (path) => touched.has(path),
      end: () => {
        this.#watches.delete(touched);
      },
    };
  }
}
