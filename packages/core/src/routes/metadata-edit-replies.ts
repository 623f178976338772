import { z } from 'zod';

const succeeded = { success: z.literal(true) };

const count = z.number().int();

export const saveMetadataReply = z.object({ ...succeeded, auto_tags: z.array(z.string()) });

export const addTagsReply = z.object({ ...succeeded, tags: z.array(z.string()), auto_tags: z.array(z.string()) });

/** What was done, in words. */
export const messageReply = z.object({ ...succeeded, message: z.string() });

export const bulkEditReply = z.object({
  ...succeeded,
  dry_run: z.boolean(),
  total: count,
  changed: count,
  unchanged: count,
  failed: count,
  results: z.array(
    z.object({
      file_path: z.string(),
      success: z.boolean(),
      changed: z.boolean(),
      /** As they are after the edit, or would be. */
      tags: z.array(z.string()),
      base_model: z.string(),
      error: z.string().optional(),
      code: z.string().optional(),
    }),
  ),
});
