import { listItemOf } from '../catalog/item-fragments.js';
import type { ModelPage } from '../catalog/listing-queries.js';
import type { ModelFilter } from '../catalog/model-filter.js';
import { parseSort, type ModelSort } from '../catalog/model-sort.js';
import type { Call } from '../ports/call.js';
import type { ListInput, RelativePathsInput, SearchInput } from '../routes/list-query.js';
import { filterOf, listFilterOf, searchOf } from './list-filter.js';
import type { ModelHandlers } from './model-handlers.js';
import { itemsOf, itemVariation } from './model-items.js';
import type { ModelService } from './model-service.js';
import { NamePatternMatches } from './name-pattern-matches.js';

type ListReply = Awaited<ReturnType<ModelHandlers['getModels']>>;

/** Listings of models. */
export class ModelListingHandler {
  readonly #service: ModelService;
  readonly #namePatterns: NamePatternMatches;

  constructor(service: ModelService) {
    this.#service = service;
    this.#namePatterns = new NamePatternMatches(service.catalog);
  }

  /**
   * One page of models, joined from kept fragments over HTTP and built as plain data in process.
   *
   * Invariant: every element of `items` went through the type's formatter: its key set equals the table of "List item"
   * for that type, and no raw catalog field leaks.
   */
  readonly getModels: ModelHandlers['getModels'] = (input, call) => {
    const { modelType, settings } = this.#service;
    const filter = listFilterOf(input, modelType, settings.current());
    const patterns = {
      include: input.name_pattern_include,
      exclude: input.name_pattern_exclude,
      regex: input.name_pattern_use_regex,
    };
    const hasPatterns = patterns.include.length + patterns.exclude.length > 0;
    if (!hasPatterns || !modelType.listHas.namePatterns || filter.hashes !== undefined) {
      return this.#list(input, filter, call);
    }
    return this.#namePatterns
      .matching(patterns, call.signal)
      .then((names) => this.#list(input, { ...filter, names }, call));
  };

  /** Models that their own sidecar leaves out of lists: looked at only, whatever became of their files. */
  readonly getExcludedModels: ModelHandlers['getExcludedModels'] = (input, { basePath }) => {
    const { excluded, modelType } = this.#service;
    const sort = excludedSortOf(input.sort_by);
    const found = excluded.query({
      filter: { search: searchOf(input) },
      sort,
      page: input.page,
      pageSize: input.page_size,
    });
    const vary = itemVariation(this.#service, basePath, sort);
    const items = found.records.map((record) => listItemOf(modelType, record, vary(record)));
    return { kind: 'json', body: { success: true, items, ...pagingOf(found, input) } };
  };

  /** Groups of files with one content. */
  readonly findDuplicateModels: ModelHandlers['findDuplicateModels'] = (input, { basePath }) => {
    const { catalog, settings } = this.#service;
    // Every tag, unless a client says otherwise: those of the reference cannot say it.
    const filter = filterOf({ ...input, tag_logic: input.tag_logic ?? 'all' }, settings.current());
    const groups = catalog.duplicates(filter);
    const duplicates = groups.map(({ hash, records }) => ({ hash, models: itemsOf(this.#service, records, basePath) }));
    return { kind: 'json', body: { success: true, duplicates, count: duplicates.length } };
  };

  /** Groups of models with one file name; none where the host names loras by their whole path. */
  readonly findFilenameConflicts: ModelHandlers['findFilenameConflicts'] = (_input, { basePath }) => {
    const { catalog, settings } = this.#service;
    const groups = settings.current().lora_syntax_format === 'full' ? [] : catalog.nameConflicts();
    const conflicts = groups.map(({ fileName, records }) => ({
      filename: fileName,
      models: itemsOf(this.#service, records, basePath),
    }));
    return { kind: 'json', body: { success: true, conflicts, count: conflicts.length } };
  };

  readonly getRelativePaths: ModelHandlers['getRelativePaths'] = (input) => {
    const { catalog, settings } = this.#service;
    const { search = '', limit, offset, recursive = true } = input;
    const filter = isFiltered(input) ? filterOf({ ...input, recursive }, settings.current()) : undefined;
    const paths = catalog.relativePaths({ search, filter, limit, offset });
    return { kind: 'json', body: { success: true, relative_paths: [...paths] } };
  };

  #list(input: ListInput, filter: ModelFilter, { basePath }: Call): ListReply {
    const { catalog, fragments, modelType, settings } = this.#service;
    const { version_grouping: versions } = settings.current();
    const sort = parseSort(input.sort_by);
    const found = catalog.query({
      filter,
      sort,
      page: input.page,
      pageSize: input.page_size,
      grouping: input.group_by_model ? versions : undefined,
      group: input.civitai_model_id,
      versions,
    });
    const { records, versionCounts } = found;
    const paging = pagingOf(found, input);
    const vary = itemVariation(this.#service, basePath, sort);
    return {
      kind: 'encoded',
      body: {
        bytes: () => {
          const items = records.map((record, at) => fragments.itemText(record, vary(record, versionCounts[at])));
          const rest = JSON.stringify(paging).slice(1);
          return Buffer.from(`{"success":true,"items":[${items.join(',')}],${rest}`, 'latin1');
        },
        value: () => ({
          success: true,
          items: records.map((record, at) => listItemOf(modelType, record, vary(record, versionCounts[at]))),
          ...paging,
        }),
      },
    };
  }
}

function pagingOf({ total }: ModelPage, { page, page_size }: Pick<SearchInput, 'page' | 'page_size'>) {
  return { total, page, page_size, total_pages: Math.ceil(total / page_size) };
}

/** Excluded models are sorted by themselves only: what is no such key means the name. */
function excludedSortOf(sortBy: string | undefined): ModelSort {
  const sort = parseSort(sortBy);
  return sort.key === 'added' || sort.key === 'versions_count' ? { ...sort, key: 'name' } : sort;
}

/** Paths are filtered, by the safe-content setting too, only when a client gives at least one filter. */
function isFiltered({
  search: _search,
  limit: _limit,
  offset: _offset,
  favorites_only,
  ...filters
}: RelativePathsInput): boolean {
  const isGiven = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : value !== undefined);
  return favorites_only || Object.values(filters).some(isGiven);
}
