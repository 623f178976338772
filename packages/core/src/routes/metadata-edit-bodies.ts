import { z } from 'zod';
import { normaliseTags } from '../shapes/tags.js';
import { filterFields } from './filter-query.js';
import { listQuery } from './list-query.js';
import { pathParam, requiredTextParam } from './params.js';

const MAX_TAGS = 1000;
const MAX_TAG = 1000;
const MAX_PATHS = 100_000;

const text = z.string({ error: 'expected text' }).optional();
const flag = z.boolean({ error: 'expected true or false' }).optional();

/** A list of tags; what is no text in it counts for nothing. */
const tagList = z
  .array(z.unknown(), { error: 'Tags must be a list' })
  .max(MAX_TAGS, `has more than ${String(MAX_TAGS)} entries`)
  .transform(normaliseTags)
  .refine(
    (tags) => tags.every(({ length }) => length <= MAX_TAG),
    `has a tag of more than ${String(MAX_TAG)} characters`,
  );

const remoteVersion = z
  .looseObject(
    {
      trainedWords: z.array(z.string('expected text'), { error: 'expected a list of texts' }).optional(),
      customImages: z.array(z.unknown(), { error: 'expected a list' }).optional(),
    },
    { error: 'expected an object' },
  )
  .optional();

/** What the library itself keeps in a sidecar. */
const SYSTEM_OWNED = [
  'file_name',
  'folder',
  'size',
  'modified',
  'sha256',
  'autov3',
  'hash_status',
  'preview_url',
  'metadata_source',
  'last_checked_at',
  'db_checked',
];

/**
 * The model, and the members of its sidecar that are to be others: those that users edit by their types, further ones as
 * they are (docs/behaviour.md, "Editing metadata").
 */
export const saveMetadataBody = z
  .looseObject({
    file_path: pathParam(),
    model_name: text,
    base_model: text,
    modelDescription: text,
    notes: text,
    usage_tips: text,
    sub_type: text,
    hf_url: text,
    tags: tagList.optional(),
    favorite: flag,
    exclude: flag,
    skip_metadata_refresh: flag,
    from_civitai: flag,
    civitai_deleted: flag,
    preview_nsfw_level: z.number('expected a whole number').int('expected a whole number').min(0).optional(),
    civitai: remoteVersion,
  })
  .superRefine((body, context) => {
    for (const key of Object.keys(body)) {
      const isOwned = SYSTEM_OWNED.includes(key);
      if (!isOwned && !key.startsWith('_')) continue;
      const message = isOwned ? 'cannot be set' : 'names beginning with _ cannot be set';
      context.addIssue({ code: 'custom', path: [key], message, input: body[key] });
    }
  });

export const modelPathBody = z.object({ file_path: pathParam() });

export const addTagsBody = z.object({ file_path: pathParam(), tags: tagList.default(() => []) });

const {
  search,
  fuzzy_search,
  fuzzy,
  search_filename,
  search_modelname,
  search_tags,
  search_creator,
  first_letter,
  tags,
} = listQuery.shape;

/** What a listing is narrowed by; a misspelt name would mean every model, and is refused. */
const listFilter = z.strictObject({
  ...filterFields,
  search,
  fuzzy_search,
  fuzzy,
  search_filename,
  search_modelname,
  search_tags,
  search_creator,
  first_letter,
  tags,
});

export type BulkFilterInput = z.output<typeof listFilter>;

/** Which models, and what is to become of their tags and base model. */
export const bulkEditBody = z
  .object({
    file_paths: z
      .array(pathParam(), { error: 'expected a list of paths' })
      .max(MAX_PATHS, `has more than ${String(MAX_PATHS)} entries`)
      .optional(),
    filter: listFilter.optional(),
    add_tags: tagList.optional(),
    remove_tags: tagList.optional(),
    replace_tags: tagList.optional(),
    base_model: requiredTextParam().trim().min(1, 'is required').optional(),
    dry_run: z.boolean({ error: 'expected true or false' }).default(false),
  })
  .superRefine((body, context) => {
    const isGiven = (...values: unknown[]): boolean => values.some((value) => value !== undefined);
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message, input: body });
    if (!isGiven(body.file_paths, body.filter)) refuse('file_paths or filter is required');
    if (!isGiven(body.add_tags, body.remove_tags, body.replace_tags, body.base_model)) {
      refuse('add_tags, remove_tags, replace_tags or base_model is required');
    }
  });
