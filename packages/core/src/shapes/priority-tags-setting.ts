import { storedTemplatesSchema } from './path-templates-setting.js';

/** The tags that count first when a folder is named after a tag, for a type of which nothing is said. */
export const DEFAULT_PRIORITY_TAGS = [
  'character',
  'concept',
  'clothing',
  'realistic',
  'anime',
  'toon',
  'furry',
  'style',
  'poses',
  'background',
  'tool',
  'vehicle',
  'buildings',
  'objects',
  'assets',
  'animal',
  'action',
].join(', ');

/** The types for which the setting always says something. */
export const TYPES_WITH_PRIORITIES = ['lora', 'checkpoint', 'embedding'] as const;

/** Priority tags by model type as a file may hold them: trimmed, what is no text left out, missing types filled in. */
export const storedPriorityTagsSchema = storedTemplatesSchema.transform((texts): Record<string, string> => ({
  ...Object.fromEntries(TYPES_WITH_PRIORITIES.map((type) => [type, DEFAULT_PRIORITY_TAGS])),
  ...Object.fromEntries(Object.entries(texts).map(([type, tags]) => [type, tags.trim()])),
}));
