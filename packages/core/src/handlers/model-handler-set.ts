import type { ModelHandlers } from './model-handlers.js';
import type { ModelListingHandler } from './model-listing-handler.js';
import type { ModelPageView } from './model-page-view.js';
import type { ModelQueryHandler } from './model-query-handler.js';

/** Flattens the handlers of one model type into the callables that the registry names. */
export class ModelHandlerSet {
  readonly #pageView: Pick<ModelPageView, 'handleModelsPage'>;
  readonly #listing: ModelListingHandler;
  readonly #query: ModelQueryHandler;

  constructor(parts: {
    pageView: Pick<ModelPageView, 'handleModelsPage'>;
    listing: ModelListingHandler;
    query: ModelQueryHandler;
  }) {
    this.#pageView = parts.pageView;
    this.#listing = parts.listing;
    this.#query = parts.query;
  }

  /** The callables by their names in the registry. */
  toRouteMapping(): ModelHandlers {
    return {
      handleModelsPage: this.#pageView.handleModelsPage,
      getModels: this.#listing.getModels,
      getTopTags: this.#query.getTopTags,
      getBaseModels: this.#query.getBaseModels,
      scanModels: this.#query.scanModels,
      getModelRoots: this.#query.getModelRoots,
      getFolders: this.#query.getFolders,
      getModelMetadata: this.#query.getModelMetadata,
      getModelPreviewUrl: this.#query.getModelPreviewUrl,
    };
  }
}
