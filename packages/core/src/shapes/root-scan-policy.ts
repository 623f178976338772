import { z } from 'zod';

/**
 * When a root is compared with the disk besides when somebody asks for it by name: never once it has rows (`off`), with
 * every scan (`on-demand`), with every scan and so often (`interval`), with every scan and when its files change (`watch`).
 */
export const rootScanModeSchema = z.enum(['off', 'on-demand', 'interval', 'watch']);

export type RootScanMode = z.infer<typeof rootScanModeSchema>;

/** The policy of one root (docs/behaviour.md, "Scan policy"). */
export interface RootScanPolicy {
  readonly mode: RootScanMode;
  /** From the end of one scan to the begin of the next; a watched root is scanned so often in addition. */
  readonly everySeconds?: number;
}

/** A week: longer than anybody waits, and within what a timer can hold. */
const MAX_SECONDS = 7 * 24 * 60 * 60;

/** A folder of the configuration: a path, or a path with the policy of the root that it becomes. */
export const configuredFolderSchema = z.union([
  z.string(),
  z
    .strictObject({
      path: z.string(),
      scan: rootScanModeSchema.optional(),
      everySeconds: z.number().min(1).max(MAX_SECONDS).optional(),
      readOnly: z.boolean().optional(),
    })
    .refine(({ scan, everySeconds }) => everySeconds === undefined || scan === 'interval' || scan === 'watch', {
      message: 'everySeconds goes with scan "interval" or "watch" only',
      path: ['everySeconds'],
    }),
]);

/** A folder that holds models: its path, or its path with when to scan it. */
export type ConfiguredFolder =
  | string
  | {
      readonly path: string;
      /** Default `on-demand`. */
      readonly scan?: RootScanMode | undefined;
      /** From 1 to 604,800; default 300 for `interval`, and none for `watch`. */
      readonly everySeconds?: number | undefined;
      /** True where nothing is ever written: metadata that is edited there is kept in the data folder. */
      readonly readOnly?: boolean | undefined;
    };

/** What holds for a root that says nothing. */
export const DEFAULT_SCAN_POLICY: RootScanPolicy = { mode: 'on-demand' };
