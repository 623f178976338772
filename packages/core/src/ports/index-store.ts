import type { ScannedModel } from '../shapes/scan.js';

/** What loading a model type's rows gave besides the rows. */
export interface IndexLoad {
  /** Rows that were handed out. */
  readonly rows: number;
  /** Rows among them of which some fields were replaced by defaults; the next scan reads their models again. */
  readonly repaired: number;
  /** Rows that could not be used. */
  readonly invalid: number;
  /** Paths of some of them, as far as they can be read. */
  readonly invalidPaths: readonly string[];
}

/** Rows that entered or changed, and paths that left. */
export interface IndexChange {
  readonly upserts: readonly ScannedModel[];
  readonly removals: readonly string[];
}

/** Whose rows these are: another set of roots has rows of its own. */
export interface IndexScope {
  /** Name of the model type: `lora`. */
  readonly type: string;
  readonly roots: readonly { readonly id: string; readonly path: string; readonly subType: string | null }[];
}

/**
 * Keeps what a scan found, so that the next start need not look. It is a cache: it may be thrown away at any time and is
 * rebuilt by a scan.
 *
 * Invariant: a store that is corrupt or not ours is set aside and answers as an empty one; it is never trusted and never
 * fatal.
 */
export interface IndexStore {
  /** Hands out the rows in batches that are small enough for one turn of the event loop. Never rejects. */
  load(scope: IndexScope, onRows: (rows: readonly ScannedModel[]) => void | Promise<void>): Promise<IndexLoad>;
  /** Writes O(changes) rows. A failed write rejects; the store is behind then, and the next scan mends it. */
  append(scope: IndexScope, change: IndexChange): Promise<void>;
  close(): Promise<void>;
}

/** A store that keeps nothing: every start is a scan. */
export const noIndexStore: IndexStore = {
  load: async () => ({ rows: 0, repaired: 0, invalid: 0, invalidPaths: [] }),
  append: async () => undefined,
  close: async () => undefined,
};
