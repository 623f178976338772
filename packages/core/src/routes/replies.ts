import { z } from 'zod';
import { catalogEntrySchema } from '../shapes/catalog-entry.js';
import { listItemSchema } from '../shapes/list-item.js';
import { metadataOriginSchema, scanIssueSchema } from '../shapes/scan.js';

/** Members of every successful JSON answer that is an object. */
const succeeded = { success: z.literal(true) };

const count = z.number().int();

export const successReply = z.object(succeeded);

export const listReply = z.object({
  ...succeeded,
  items: z.array(listItemSchema),
  total: count,
  page: count,
  page_size: count,
  total_pages: count,
});

export const topTagsReply = z.object({ ...succeeded, tags: z.array(z.object({ tag: z.string(), count })) });

export const baseModelsReply = z.object({ ...succeeded, base_models: z.array(z.object({ name: z.string(), count })) });

export const modelTypesReply = z.object({ ...succeeded, model_types: z.array(z.object({ type: z.string(), count })) });

export const rootsReply = z.object({ ...succeeded, roots: z.array(z.string()) });

export const foldersReply = z.object({ ...succeeded, folders: z.array(z.string()) });

/** Folder names with the folders below them. */
export interface FolderTreeReply {
  [name: string]: FolderTreeReply;
}

const folderTree: z.ZodType<FolderTreeReply> = z.lazy(() => z.record(z.string(), folderTree));

export const folderTreeReply = z.object({ ...succeeded, tree: folderTree });

export const scanReply = z.object({
  ...succeeded,
  status: z.enum(['success', 'cancelled']),
  message: z.string(),
  /** What the scan stepped over; at most 1,000 rows. */
  issues: z.array(scanIssueSchema),
  issues_dropped: count,
});

export const cancelTaskReply = z.object({ ...succeeded, status: z.literal('success'), message: z.string() });

export const duplicatesReply = z.object({
  ...succeeded,
  duplicates: z.array(z.object({ hash: z.string(), models: z.array(listItemSchema) })),
  count,
});

export const conflictsReply = z.object({
  ...succeeded,
  conflicts: z.array(z.object({ filename: z.string(), models: z.array(listItemSchema) })),
  count,
});

export const relativePathsReply = z.object({ ...succeeded, relative_paths: z.array(z.string()) });

export const notesReply = z.object({ ...succeeded, notes: z.string(), file_path: z.string() });

export const metadataReply = z.object({
  ...succeeded,
  metadata: z.looseObject({}),
  /** Which of the files beside the model said so. */
  source: metadataOriginSchema,
  /** Root id and `/`-separated path below it: `<root>:<path>` is accepted wherever a path is. */
  location: z.object({ root: z.string(), path: z.string(), also_at: z.array(z.string()) }),
});

export const descriptionReply = z.object({ ...succeeded, description: z.string() });

export const previewUrlReply = z.object({
  ...succeeded,
  preview_url: z.string(),
  license_flags: count.optional(),
  use_new_license_icons: z.boolean().optional(),
});

export const civitaiUrlReply = z.object({
  ...succeeded,
  civitai_url: z.string(),
  model_id: z.string(),
  version_id: z.string().nullable(),
});

/** One model as the catalog keeps it. */
export const entryReply = z.object({ ...succeeded, ...catalogEntrySchema.shape });

export const letterCountsReply = z.object({ ...succeeded, letter_counts: z.record(z.string(), count) });

export const triggerWordsReply = z.object({ ...succeeded, trigger_words: z.array(z.string()) });

export const usageTipsReply = z.object({ ...succeeded, usage_tips: z.string() });

/** A lora as a node of the host application takes it. */
const chosenLora = z.object({
  name: z.string(),
  strength: z.number(),
  clipStrength: z.number(),
  active: z.boolean(),
  expanded: z.boolean(),
  locked: z.boolean(),
});

/** Locked loras come back as they were sent. */
export const randomSampleReply = z.object({
  ...succeeded,
  loras: z.array(z.union([chosenLora, z.looseObject({})])),
  count,
});

export const cyclerListReply = z.object({
  ...succeeded,
  loras: z.array(z.object({ file_name: z.string(), model_name: z.string(), folder: z.string() })),
  count,
});

export const loaderPoolReply = z.object({
  ...succeeded,
  items: z.array(z.object({ name: z.string(), base_model: z.string() })),
});

export const healthReply = z.object({
  ...succeeded,
  status: z.literal('ok'),
  version: z.string(),
  attached: z.boolean(),
  ready: z.boolean(),
  models: z.record(
    z.string(),
    z.object({
      total: count,
      initializing: z.boolean(),
      issues: count,
      /** The first few; a scan names them all. */
      first_issues: z.array(scanIssueSchema),
      offline_roots: z.array(z.string()),
    }),
  ),
});
