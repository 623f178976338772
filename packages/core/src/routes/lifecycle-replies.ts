import { z } from 'zod';

const succeeded = { success: z.literal(true) };
const count = z.number().int();

export const deleteReply = z.object({
  ...succeeded,
  /** Empty: the files are in the trash, not gone. */
  deleted_files: z.array(z.string()),
  /** What `undo-delete` takes; null when there was no file any more. */
  batch_id: z.string().nullable(),
});

export const bulkDeleteReply = z.object({
  ...succeeded,
  status: z.enum(['success', 'cancelled']),
  total_deleted: count,
  total_attempted: count,
  cache_updated: z.boolean(),
  results: z.array(
    z.union([
      z.object({ file_path: z.string(), success: z.literal(true), deleted_files: z.array(z.string()) }),
      z.object({ file_path: z.string(), success: z.literal(false), error: z.string() }),
    ]),
  ),
  /** Absent when nothing is in the trash. */
  batch_id: z.string().optional(),
});

export const renameReply = z.object({
  ...succeeded,
  new_file_path: z.string(),
  /** As a URL; empty when there is none. */
  new_preview_path: z.string(),
  renamed_files: z.array(z.string()),
  reload_required: z.literal(false),
});

export const verifyDuplicatesReply = z.object({
  ...succeeded,
  verified_as_duplicates: z.boolean(),
  mismatched_files: z.array(z.string()),
  new_hash_map: z.record(z.string(), z.string()),
});
