import { z } from 'zod';

/** The slim copy of the remote version object that the catalog keeps (docs/behaviour.md, "Catalog entry"). */
export const slimCivitaiSchema = z.object({
  id: z.number().optional(),
  modelId: z.number().optional(),
  name: z.string().optional(),
  creator: z.object({ username: z.string() }).optional(),
  trainedWords: z.array(z.string()).optional(),
  model: z.object({ type: z.string() }).optional(),
});

/** The state of a model's digest. `calculating` and `failed` count as pending: they are taken up again. */
const hashStatusSchema = z.enum(['completed', 'pending', 'calculating', 'failed']);

/** One model file as the catalog knows it (docs/behaviour.md, "Catalog entry"). */
export const catalogEntrySchema = z.object({
  file_path: z.string(),
  file_name: z.string(),
  model_name: z.string(),
  folder: z.string(),
  size: z.number(),
  modified: z.number(),
  sha256: z.string(),
  autov3: z.string().nullable(),
  base_model: z.string(),
  preview_url: z.string(),
  preview_nsfw_level: z.number(),
  from_civitai: z.boolean(),
  favorite: z.boolean(),
  exclude: z.boolean(),
  db_checked: z.boolean(),
  civitai_deleted: z.boolean(),
  skip_metadata_refresh: z.boolean(),
  notes: z.string(),
  usage_tips: z.string(),
  metadata_source: z.string().nullable(),
  last_checked_at: z.number(),
  tags: z.array(z.string()),
  civitai: slimCivitaiSchema.nullable(),
  hf_url: z.string(),
  license_flags: z.number().nullable(),
  sub_type: z.string().optional(),
  hash_status: hashStatusSchema,
});

export type SlimCivitai = z.infer<typeof slimCivitaiSchema>;
export type CatalogEntry = z.infer<typeof catalogEntrySchema>;
