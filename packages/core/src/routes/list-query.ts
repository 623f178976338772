import { z } from 'zod';
import { filterFields } from './filter-query.js';
import {
  booleanParam,
  commaListParam,
  exactTrueParam,
  idParam,
  integerParam,
  jsonListParam,
  listParam,
  optionalBooleanParam,
  textParam,
} from './params.js';

const pageFields = {
  page: integerParam({ default: 1, min: 1 }),
  page_size: integerParam({ default: 20, min: 1, max: 100 }),
  sort_by: textParam(),
};

const searchFields = {
  search: textParam(),
  fuzzy_search: booleanParam(false),
  fuzzy: exactTrueParam(),
  search_filename: booleanParam(true),
  search_modelname: booleanParam(true),
  search_tags: booleanParam(false),
  search_creator: booleanParam(false),
};

const namePatterns = () => listParam({ maxEntries: 20, maxLength: 200 });

/** Parameters of a listing (docs/behaviour.md, "List"). */
export const listQuery = z.object({
  ...pageFields,
  ...searchFields,
  ...filterFields,
  tags: commaListParam(),
  hash: textParam(),
  hashes: jsonListParam(),
  lora_hash: textParam(),
  lora_hashes: commaListParam(),
  checkpoint_hash: textParam(),
  checkpoint_hashes: commaListParam(),
  first_letter: textParam(),
  name_pattern_include: namePatterns(),
  name_pattern_exclude: namePatterns(),
  name_pattern_use_regex: booleanParam(false),
  update_available_only: booleanParam(false),
  group_by_model: booleanParam(false),
  civitai_model_id: idParam(),
});

/** Parameters of the listing of excluded models: whatever else a client sends has no effect. */
export const excludedQuery = z.object({ ...pageFields, ...searchFields });

/** As in a listing; `recursive` tells whether it was given, because that alone makes the filters apply. */
export const relativePathsQuery = z.object({
  ...filterFields,
  recursive: optionalBooleanParam(),
  search: textParam(),
  limit: integerParam({ default: 15, min: 1, max: 100 }),
  offset: integerParam({ default: 0, min: 0 }),
});

export type ListInput = z.output<typeof listQuery>;
export type SearchInput = z.output<typeof excludedQuery>;
export type RelativePathsInput = z.output<typeof relativePathsQuery>;
