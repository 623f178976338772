import { listItemOf } from '../catalog/item-fragments.js';
import type { ModelPage } from '../catalog/model-catalog.js';
import type { ModelFilter } from '../catalog/model-filter.js';
import { parseSort } from '../catalog/model-sort.js';
import type { Call } from '../ports/call.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelService } from './model-service.js';

type ListInput = Parameters<ModelHandlers['getModels']>[0];

/** Listings of models. */
export class ModelListingHandler {
  readonly #service: ModelService;

  constructor(service: ModelService) {
    this.#service = service;
  }

  /**
   * One page of models, joined from kept fragments over HTTP and built as plain data in process.
   *
   * Invariant: every element of `items` went through the type's formatter: its key set equals the table of "List item"
   * for that type, and no raw catalog field leaks.
   */
  readonly getModels: ModelHandlers['getModels'] = (input, call: Call) => {
    const { catalog, fragments, modelType } = this.#service;
    const { page, page_size } = input;
    const found: ModelPage = catalog.query({
      filter: this.#filterOf(input),
      sort: parseSort(input.sort_by),
      page,
      pageSize: page_size,
    });
    const total = found.total;
    const totalPages = Math.ceil(total / page_size);
    const variation = { basePath: call.basePath };
    return {
      kind: 'encoded',
      body: {
        bytes: () =>
          Buffer.from(
            `{"success":true,"items":[${found.records.map((record) => fragments.itemText(record, variation)).join(',')}],` +
              `"total":${String(total)},"page":${String(page)},"page_size":${String(page_size)},` +
              `"total_pages":${String(totalPages)}}`,
            'latin1',
          ),
        value: () => ({
          success: true,
          items: found.records.map((record) => listItemOf(modelType, record, variation)),
          total,
          page,
          page_size,
          total_pages: totalPages,
        }),
      },
    };
  };

  #filterOf(input: ListInput): ModelFilter {
    const legacyTags = input.tag.length > 0 ? input.tag : (input.tags ?? '').split(',');
    return {
      safeContentOnly: this.#service.settings.current().show_only_sfw,
      favoritesOnly: input.favorites_only,
      ...(input.folder === undefined ? {} : { folder: { path: input.folder, recursive: input.recursive } }),
      baseModels: input.base_model,
      tags: {
        include: [...legacyTags, ...input.tag_include],
        exclude: input.tag_exclude,
        logic: input.tag_logic?.toLowerCase() === 'all' ? 'all' : 'any',
      },
      search: {
        text: input.search ?? '',
        fileName: input.search_filename,
        modelName: input.search_modelname,
        tags: input.search_tags,
        creator: input.search_creator,
      },
    };
  }
}
