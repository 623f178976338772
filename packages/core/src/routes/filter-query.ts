import { z } from 'zod';
import { licenceTerms } from '../shapes/licence-terms.js';
import { booleanParam, listParam, termsParam, textParam, triStateParam } from './params.js';

/** The parameters that narrow lists, duplicates and paths alike (docs/behaviour.md, "Filters"). */
export const filterFields = {
  folder: textParam(),
  recursive: booleanParam(true),
  folder_include: listParam(),
  folder_exclude: listParam(),
  base_model: listParam(),
  tag: listParam(),
  tag_include: listParam(),
  tag_exclude: listParam(),
  tag_logic: textParam(),
  auto_tag_include: listParam(),
  auto_tag_exclude: listParam(),
  favorites_only: booleanParam(false),
  model_type: listParam(),
  civitai_model_type: listParam(),
  credit_required: triStateParam(),
  allow_selling_generated_content: triStateParam(),
  // docs/behaviour.md, "Licence filters"
  license_include: termsParam(licenceTerms),
  license_exclude: termsParam(licenceTerms),
  usage: z.enum(['used', 'unused'], { error: 'expected used or unused' }).optional(),
};

export const filterQuery = z.object(filterFields);

/** The same as handlers receive them. */
export type FilterInput = z.output<typeof filterQuery>;
