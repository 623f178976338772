import type { ModelFilter } from '../catalog/model-filter.js';
import type { ModelType } from '../model-types/model-type.js';
import type { FilterInput } from '../routes/filter-query.js';
import type { ListInput, SearchInput } from '../routes/list-query.js';
import type { Settings } from '../shapes/settings.js';

const isGiven = (text: string): boolean => text.trim() !== '';

/** The one filter set of lists, duplicates and paths (docs/behaviour.md, "Filters"). */
export function filterOf(input: FilterInput, settings: Settings): ModelFilter {
  const { folder, recursive } = input;
  return {
    safeContentOnly: settings.show_only_sfw,
    favoritesOnly: input.favorites_only,
    folder: folder === undefined ? undefined : { path: folder, recursive },
    folderInclude: { paths: input.folder_include, recursive },
    folderExclude: input.folder_exclude,
    baseModels: input.base_model,
    subTypes: [...input.model_type, ...input.civitai_model_type].filter(isGiven),
    tags: {
      include: [...input.tag, ...input.tag_include],
      exclude: input.tag_exclude,
      logic: input.tag_logic?.toLowerCase() === 'all' ? 'all' : 'any',
    },
    autoTags: { include: input.auto_tag_include.filter(isGiven), exclude: input.auto_tag_exclude },
    creditRequired: input.credit_required,
    allowSelling: input.allow_selling_generated_content,
    licence: { include: input.license_include, exclude: input.license_exclude },
    usage: input.usage,
  };
}

/** What a listing is searched for; the empty text searches nothing. */
export function searchOf(input: SearchInput): NonNullable<ModelFilter['search']> {
  return {
    text: input.search ?? '',
    fuzzy: input.fuzzy_search || input.fuzzy,
    fileName: input.search_filename,
    modelName: input.search_modelname,
    tags: input.search_tags,
    creator: input.search_creator,
  };
}

/**
 * What a listing is narrowed to, except by name patterns: those take time.
 *
 * Asking for hashes takes the place of every other filter but the safe-content setting; an empty hash asks for nothing.
 */
export function listFilterOf(input: ListInput, type: ModelType, settings: Settings): ModelFilter {
  const updateAvailableOnly = input.update_available_only;
  const hashes = hashesOf(input, type);
  if (hashes.length > 0) return { safeContentOnly: settings.show_only_sfw, hashes, updateAvailableOnly };
  const legacyTags = input.tag.length > 0 ? input.tag : (input.tags ?? []);
  return {
    ...filterOf({ ...input, tag: legacyTags }, settings),
    search: searchOf(input),
    firstLetter: (type.listHas.firstLetter && input.first_letter) || undefined,
    updateAvailableOnly,
  };
}

function hashesOf(input: ListInput, { hashParameter }: ModelType): readonly string[] {
  const own = {
    lora: [input.lora_hash, input.lora_hashes],
    checkpoint: [input.checkpoint_hash, input.checkpoint_hashes],
    none: [],
  }[hashParameter ?? 'none'];
  for (const hashes of [...own, input.hash, input.hashes]) {
    const given = (typeof hashes === 'string' ? [hashes] : (hashes ?? [])).filter((hash) => hash !== '');
    if (given.length > 0) return given.map((hash) => hash.toLowerCase());
  }
  return [];
}
