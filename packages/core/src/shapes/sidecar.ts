import { z } from 'zod';

// A default for a missing field and a catch for a wrong one: without the default zod builds an error for every missing
// field, which makes reading a lean sidecar seven times slower.
const text = z.string().default('').catch('');
const number = z.number().default(0).catch(0);
const no = z.boolean().default(false).catch(false);

/**
 * The sidecar `<stem>.metadata.json` (docs/behaviour.md, "Sidecar"): known fields checked, unknown ones kept verbatim.
 * Optional fields of a wrong type fall back to their default; a missing required field refuses the file.
 */
export const sidecarSchema = z.looseObject({
  file_name: z.string(),
  model_name: z.string(),
  file_path: z.string(),
  size: z.number(),
  modified: z.number(),
  sha256: z.string(),
  base_model: text,
  preview_url: text,
  preview_nsfw_level: number,
  notes: text,
  from_civitai: z.boolean().default(true).catch(true),
  civitai: z.looseObject({}).nullable().default(null).catch(null),
  tags: z.array(z.unknown()).default([]).catch([]),
  modelDescription: text,
  civitai_deleted: no,
  favorite: no,
  exclude: no,
  db_checked: no,
  skip_metadata_refresh: no,
  metadata_source: z.string().nullable().default(null).catch(null),
  last_checked_at: number,
  hash_status: z.enum(['completed', 'pending', 'calculating', 'failed']).default('completed').catch('completed'),
  usage_tips: text,
  /** Absent: never checked. Null: checked, the file has none. */
  autov3: z.string().nullable().optional().catch(undefined),
  sub_type: z.string().optional().catch(undefined),
  hf_url: z.string().optional().catch(undefined),
});

export type Sidecar = z.infer<typeof sidecarSchema>;
