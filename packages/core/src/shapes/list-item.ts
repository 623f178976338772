import { z } from 'zod';

/** The part of the remote version object that list items carry. */
const itemCivitaiSchema = z.object({
  id: z.number().optional(),
  modelId: z.number().optional(),
  name: z.string().optional(),
  trainedWords: z.array(z.string()).optional(),
});

/**
 * One model in a listing (docs/behaviour.md, "List item"). Loras add `usage_tips`; loras and checkpoints `usage_count`.
 * The last four members vary per request; everything before them changes with the entry only.
 */
export const listItemSchema = z.object({
  model_name: z.string(),
  file_name: z.string(),
  preview_nsfw_level: z.number(),
  base_model: z.string(),
  folder: z.string(),
  sha256: z.string(),
  file_path: z.string(),
  file_size: z.number(),
  modified: z.number(),
  tags: z.array(z.string()),
  from_civitai: z.boolean(),
  usage_tips: z.string().optional(),
  notes: z.string(),
  favorite: z.boolean(),
  exclude: z.boolean(),
  skip_metadata_refresh: z.boolean(),
  sub_type: z.string(),
  civitai: itemCivitaiSchema,
  auto_tags: z.array(z.string()),
  hf_url: z.string(),
  preview_url: z.string(),
  usage_count: z.number().optional(),
  update_available: z.boolean(),
  version_count: z.number().nullable(),
});

export type ListItem = z.infer<typeof listItemSchema>;
