import type { DemoLook } from './demo-pictures.js';

/** What may be said of a model of the demo library besides its row. */
export interface DemoDetails {
  /** Display name; absent: the file name says it. */
  readonly name?: string;
  readonly creator?: string;
  readonly version?: string;
  /** Trigger words. */
  readonly words?: readonly string[];
  readonly notes?: string;
  /** May hold markup, as descriptions of real models do. */
  readonly description?: string;
  readonly favorite?: boolean;
  /** False: nothing is known but the file. */
  readonly hasSidecar?: false;
}

/** One model as the tables list it: path without extension, base model, preview (null: none), tags, the rest. */
export type DemoRow = readonly [path: string, base: string, look: DemoLook | null, tags: string, details: DemoDetails];

export const sdxl = 'SDXL 1.0';
export const flux = 'Flux.1 D';
export const sd15 = 'SD 1.5';
export const pony = 'Pony';
export const illustrious = 'Illustrious';
