/**
 * Rows that are kept: what the user made or what took hours to compute, by key. A newer row takes the place of an older
 * one; what is put here is never discarded with a cache.
 *
 * Invariant: a row is found by every process that opens the log after `put` resolved.
 */
export interface RecordLog<T> {
  readonly size: number;
  get(key: string): T | undefined;
  entries(): Iterable<readonly [string, T]>;
  /** Resolves when the row is on its way to disk; a failed write rejects, and the row holds until the process ends. */
  put(key: string, row: T): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}

/** A log that lasts as long as the process, for a library without a data folder. */
export function memoryRecordLog<T>(): RecordLog<T> {
  const rows = new Map<string, T>();
  return {
    get size() {
      return rows.size;
    },
    get: (key) => rows.get(key),
    entries: () => rows.entries(),
    put: async (key, row) => {
      rows.set(key, row);
    },
    remove: async (key) => {
      rows.delete(key);
    },
    close: async () => undefined,
  };
}
