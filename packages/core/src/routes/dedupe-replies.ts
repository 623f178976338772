import { z } from 'zod';

const succeeded = { success: z.literal(true) };
const count = z.number().int();

const group = z.object({
  hash: z.string(),
  keep: z.string(),
  remove: z.array(z.string()),
  bytes_freed: count,
});

export const dedupePlanReply = z.object({
  ...succeeded,
  /** May be sent back, whole or in part, to be applied. */
  groups: z.array(group),
  /** Digests of groups of which the rule keeps none: nothing would be removed. */
  skipped: z.array(z.string()),
  total_groups: count,
  total_removals: count,
  bytes_freed: count,
});

export const dedupeReply = z.object({
  ...succeeded,
  status: z.enum(['success', 'cancelled']),
  action: z.enum(['trash', 'hardlink']),
  dry_run: z.boolean(),
  results: z.array(
    z.object({ file_path: z.string(), keep: z.string(), success: z.boolean(), error: z.string().optional() }),
  ),
  total_removed: count,
  /** Of what is in the trash: once it is purged. */
  bytes_freed: count,
  batch_id: z.string().nullable(),
});
