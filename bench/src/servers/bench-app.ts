import type { ListItem, ModelLibrary } from '@modelshelf/core';

/** One framework, served in both ways; each resolves to the port on the loopback address. */
export interface BenchApp {
  /** Every route of a library through the adapter. */
  withLibrary(library: ModelLibrary): Promise<number>;
  /** The list and the tiny route alone, written for the framework. */
  byHand(items: readonly ListItem[]): Promise<number>;
}

/** The only address that anything of the bench listens on. */
export const LOOPBACK = '127.0.0.1';
