import { z } from 'zod';

const succeeded = { success: z.literal(true) };
const count = z.number().int();

export const undoDeleteReply = z.object({
  ...succeeded,
  /** Where files are again. */
  restored: z.array(z.string()),
  kind: z.literal('model'),
});

export const restoreTrashReply = undoDeleteReply.extend({
  /** Files of the batch that stay in the trash. */
  remaining: count,
});

export const trashReply = z.object({
  ...succeeded,
  batches: z.array(
    z.object({
      batch_id: z.string(),
      /** `unreadable`: nobody knows what it holds, so nothing of it is ever removed. */
      status: z.enum(['restorable', 'expired', 'unreadable']),
      kind: z.literal('model'),
      model_type: z.string().nullable(),
      deleted_at: count,
      expires_at: count,
      size: count,
      file_count: count,
      models: z.array(z.object({ file_path: z.string(), model_name: z.string(), size: count, sha256: z.string() })),
      /** The first hundred; all when one batch is asked for. */
      files: z.array(z.object({ file_path: z.string(), size: count, model: z.string() })),
      folders: z.array(z.string()),
    }),
  ),
  total: count,
  page: count,
  page_size: count,
  total_pages: count,
  /** Of everything in the trash. */
  bytes: count,
});

export const purgeTrashReply = z.object({
  ...succeeded,
  purged: z.array(z.string()),
  kept: z.array(z.object({ batch_id: z.string(), error: z.string() })),
  files_removed: count,
  bytes_freed: count,
});
