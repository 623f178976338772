import { z } from 'zod';
import { organizeProgressSchema, type OrganizeProgress } from './organize-progress.js';

/** Start-up and scan progress of one model type (docs/behaviour.md, "Scan progress"). */
export const scanProgressSchema = z.object({
  stage: z.enum(['loading_cache', 'scan_folders', 'count_models', 'process_models', 'finalizing']),
  progress: z.number().int(),
  details: z.string(),
  scanner_type: z.string(),
  pageType: z.string(),
  status: z.enum(['complete', 'error', 'cancelled']).optional(),
});

/** Progress of the background digests over all model types: bytes are of the files still to read in this run. */
export const digestProgressSchema = z.object({
  status: z.enum(['running', 'complete', 'cancelled']),
  files_done: z.number().int(),
  files_failed: z.number().int(),
  files_total: z.number().int(),
  bytes_done: z.number(),
  bytes_total: z.number(),
  bytes_per_second: z.number(),
  seconds_left: z.number().nullable(),
});

/** Something in a catalog changed: clients read again what they show. */
export const modelsChangedSchema = z.object({
  type: z.literal('models_changed'),
  pageType: z.string(),
  version: z.number().int(),
  added: z.number().int().optional(),
  changed: z.number().int().optional(),
  removed: z.number().int().optional(),
  /** Files that were found again under another path: neither removed nor added. At most 1,000 are named. */
  moved: z.array(z.object({ from: z.string(), to: z.string() })).optional(),
});

/** Rows of the index store that could not be used at the start (docs/behaviour.md, "Index store"). */
export const indexHealthSchema = z.object({
  type: z.literal('cache_health_warning'),
  status: z.enum(['degraded', 'corrupted']),
  message: z.string(),
  pageType: z.string(),
  details: z.object({
    total: z.number().int(),
    valid: z.number().int(),
    invalid: z.number().int(),
    repaired: z.number().int(),
    corruption_rate: z.string(),
    invalid_paths: z.array(z.string()),
  }),
});

/** Trigger words for a node of a host application (docs/behaviour.md, "Trigger words"). */
export const triggerWordsSchema = z.object({
  type: z.literal('trigger_word_update'),
  id: z.union([z.string(), z.number()]),
  message: z.string(),
  graph_id: z.union([z.string(), z.number()]).optional(),
});

/** Every topic of the progress emitter with the shape of its snapshots. */
export const progressTopics = {
  scan: scanProgressSchema,
  digest: digestProgressSchema,
  models_changed: modelsChangedSchema,
  index_health: indexHealthSchema,
  trigger_words: triggerWordsSchema,
  auto_organize: organizeProgressSchema,
} as const;

export type ScanProgress = z.infer<typeof scanProgressSchema>;
export type DigestProgress = z.infer<typeof digestProgressSchema>;
export type ModelsChanged = z.infer<typeof modelsChangedSchema>;
export type IndexHealth = z.infer<typeof indexHealthSchema>;
export type TriggerWords = z.infer<typeof triggerWordsSchema>;

/** Topic name to the shape published on it. */
export interface ProgressEvents {
  scan: ScanProgress;
  digest: DigestProgress;
  models_changed: ModelsChanged;
  index_health: IndexHealth;
  trigger_words: TriggerWords;
  auto_organize: OrganizeProgress;
}
export type ProgressTopic = keyof ProgressEvents;

/** A published shape as stored: `id` rises with every publication, over all topics and over restarts. */
export interface ProgressSnapshot<T extends ProgressTopic = ProgressTopic> {
  readonly id: number;
  readonly topic: T;
  /** What the snapshot is about within its topic, such as the model type; a newer one replaces it. */
  readonly key: string;
  readonly data: ProgressEvents[T];
}
