import { z } from 'zod';
import { organizeOperationSchema, organizeProgressSchema } from '../shapes/organize-progress.js';

const succeeded = { success: z.literal(true) };
const count = z.number().int();

const rows = z.array(z.object({ model: z.string(), success: z.literal(false), message: z.string() }));

const runReply = z.object({
  ...succeeded,
  status: z.enum(['success', 'cancelled']),
  message: z.string(),
  summary: z.object({
    total: count,
    success: count,
    skipped: count,
    failures: count,
    organization_type: z.enum(['flat', 'structured']),
    /** How many folders were removed, by where they were looked for. */
    cleaned_dirs: z.record(z.string(), count),
    operation_type: organizeOperationSchema,
  }),
  /** Failures and some of what was skipped; absent when there are more than 100. */
  results: rows.optional(),
  results_truncated: z.literal(true).optional(),
  /** The first 50 rows, when there are more than 100. */
  sample_results: rows.optional(),
});

const planReply = z.object({
  ...succeeded,
  dry_run: z.literal(true),
  moves: z.array(z.object({ from: z.string(), to: z.string() })),
  /** Models that could not be moved, and why. */
  conflicts: z.array(z.object({ model: z.string(), file_path: z.string(), message: z.string() })),
  /** Sum of the sizes of the models to be moved. */
  bytes: z.number(),
});

/** What a run did, or, for a dry run, what it would do. */
export const organizeReply = z.union([planReply, runReply]);

export const organizeProgressReply = z.object({ ...succeeded, progress: organizeProgressSchema });

export const undoOrganizeReply = z.object({
  ...succeeded,
  message: z.string(),
  /** Paths that models are back at. */
  restored: z.array(z.string()),
  /** Models that stay where they are, and why. */
  refused: z.array(z.object({ file_path: z.string(), message: z.string() })),
});
