import type { ModelDetailHandler } from './model-detail-handler.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelListingHandler } from './model-listing-handler.js';
import type { ModelPageView } from './model-page-view.js';
import type { ModelQueryHandler } from './model-query-handler.js';
import type { ModelScanHandler } from './model-scan-handler.js';

interface HandlerParts {
  readonly pageView: Pick<ModelPageView, 'handleModelsPage'>;
  readonly listing: ModelListingHandler;
  readonly query: ModelQueryHandler;
  readonly scan: ModelScanHandler;
  readonly detail: ModelDetailHandler;
}

/** Flattens the handlers of one model type into the callables that the registry names. */
export class ModelHandlerSet {
  readonly #parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** The callables by their names in the registry. */
  toRouteMapping(): ModelHandlers {
    const { pageView, listing, query, scan, detail } = this.#parts;
    return {
      handleModelsPage: pageView.handleModelsPage,
      getModels: listing.getModels,
      getExcludedModels: listing.getExcludedModels,
      findDuplicateModels: listing.findDuplicateModels,
      findFilenameConflicts: listing.findFilenameConflicts,
      getRelativePaths: listing.getRelativePaths,
      getTopTags: query.getTopTags,
      searchTags: query.searchTags,
      getBaseModels: query.getBaseModels,
      getModelTypes: query.getModelTypes,
      getModelRoots: query.getModelRoots,
      getFolders: query.getFolders,
      getFolderTree: query.getFolderTree,
      getUnifiedFolderTree: query.getUnifiedFolderTree,
      scanModels: scan.scanModels,
      cancelTask: scan.cancelTask,
      getModelNotes: detail.getModelNotes,
      getModelPreviewUrl: detail.getModelPreviewUrl,
      getModelCivitaiUrl: detail.getModelCivitaiUrl,
      getModelMetadata: detail.getModelMetadata,
      getModelDescription: detail.getModelDescription,
    };
  }
}
