import { z } from 'zod';
import { listItemSchema } from '../shapes/list-item.js';
import { scanIssueSchema } from '../shapes/scan.js';

/** Members of every successful JSON answer that is an object. */
const succeeded = { success: z.literal(true) };

export const listReply = z.object({
  ...succeeded,
  items: z.array(listItemSchema),
  total: z.number().int(),
  page: z.number().int(),
  page_size: z.number().int(),
  total_pages: z.number().int(),
});

export const topTagsReply = z.object({
  ...succeeded,
  tags: z.array(z.object({ tag: z.string(), count: z.number().int() })),
});

export const baseModelsReply = z.object({
  ...succeeded,
  base_models: z.array(z.object({ name: z.string(), count: z.number().int() })),
});

export const rootsReply = z.object({ ...succeeded, roots: z.array(z.string()) });

export const foldersReply = z.object({ ...succeeded, folders: z.array(z.string()) });

export const scanReply = z.object({
  ...succeeded,
  status: z.literal('success'),
  message: z.string(),
  /** What the scan stepped over; at most 1,000 rows. */
  issues: z.array(scanIssueSchema),
  issues_dropped: z.number().int(),
});

export const metadataReply = z.object({
  ...succeeded,
  metadata: z.looseObject({}),
  /** Root id and `/`-separated path below it: `<root>:<path>` is accepted wherever a path is. */
  location: z.object({ root: z.string(), path: z.string(), also_at: z.array(z.string()) }),
});

export const previewUrlReply = z.object({
  ...succeeded,
  preview_url: z.string(),
  license_flags: z.number().int().optional(),
  use_new_license_icons: z.boolean().optional(),
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
      total: z.number().int(),
      initializing: z.boolean(),
      issues: z.number().int(),
      /** The first few; a scan names them all. */
      first_issues: z.array(scanIssueSchema),
      offline_roots: z.array(z.string()),
    }),
  ),
});
