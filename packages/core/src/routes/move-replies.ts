import { z } from 'zod';
import { catalogEntrySchema } from '../shapes/catalog-entry.js';

const succeeded = { success: z.literal(true) };

const movedReply = z.object({
  ...succeeded,
  original_file_path: z.string(),
  new_file_path: z.string(),
  cache_entry: catalogEntrySchema.nullable(),
});

const unmovedReply = z.object({
  ...succeeded,
  message: z.string(),
  original_file_path: z.string(),
  new_file_path: z.string(),
});

/** Where a model went; one that was there already has a message and no entry. */
export const moveReply = z.union([movedReply, unmovedReply]);

export const moveBulkReply = z.object({
  ...succeeded,
  message: z.string(),
  /** One for every model that was looked at; after a cancellation fewer than were asked for. */
  results: z.array(
    z.object({
      original_file_path: z.string(),
      new_file_path: z.string().nullable(),
      success: z.boolean(),
      message: z.string(),
      cache_entry: catalogEntrySchema.nullable(),
    }),
  ),
  success_count: z.number().int(),
  failure_count: z.number().int(),
});
