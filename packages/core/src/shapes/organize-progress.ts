import { z } from 'zod';

const count = z.number().int().nonnegative();

const type = z.literal('auto_organize_progress');

/** `all`: every model of the type; `bulk`: those that the request names. */
export const organizeOperationSchema = z.enum(['all', 'bulk']);

const counters = {
  type,
  total: count,
  processed: count,
  success: count,
  failures: count,
  skipped: count,
  operation_type: organizeOperationSchema,
};

/** How far a run of auto-organize is (docs/behaviour.md, "Auto-organize"). The last three end it. */
export const organizeProgressSchema = z.discriminatedUnion('status', [
  z.object({ ...counters, status: z.literal('started') }),
  z.object({ ...counters, status: z.literal('processing') }),
  z.object({ ...counters, status: z.literal('cleaning'), message: z.string() }),
  /** `cleanup`: how many folders were removed, by where they were looked for. */
  z.object({ ...counters, status: z.literal('completed'), cleanup: z.record(z.string(), count) }),
  z.object({ ...counters, status: z.literal('cancelled') }),
  z.object({ type, status: z.literal('error'), error: z.string(), operation_type: organizeOperationSchema }),
]);

export type OrganizeOperation = z.infer<typeof organizeOperationSchema>;
export type OrganizeProgress = z.infer<typeof organizeProgressSchema>;
