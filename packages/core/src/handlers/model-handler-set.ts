import type { ModelDetailHandler } from './model-detail-handler.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelAutoOrganizeHandler } from './model-auto-organize-handler.js';
import type { ModelEditHandler } from './model-edit-handler.js';
import type { ModelListingHandler } from './model-listing-handler.js';
import type { ModelManagementHandler } from './model-management-handler.js';
import type { ModelMoveHandler } from './model-move-handler.js';
import type { ModelPageView } from './model-page-view.js';
import type { ModelPreviewHandler } from './model-preview-handler.js';
import type { ModelQueryHandler } from './model-query-handler.js';
import type { ModelScanHandler } from './model-scan-handler.js';

interface HandlerParts {
  readonly pageView: Pick<ModelPageView, 'handleModelsPage'>;
  readonly listing: ModelListingHandler;
  readonly query: ModelQueryHandler;
  readonly scan: ModelScanHandler;
  readonly detail: ModelDetailHandler;
  readonly management: ModelManagementHandler;
  readonly edit: ModelEditHandler;
  readonly preview: ModelPreviewHandler;
  readonly move: ModelMoveHandler;
  readonly organize: ModelAutoOrganizeHandler;
}

/** Flattens the handlers of one model type into the callables that the registry names. */
export class ModelHandlerSet {
  readonly #parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  /** The callables by their names in the registry. */
  toRouteMapping(): ModelHandlers {
    const { pageView, listing, query, scan, detail, management, edit, preview, move, organize } = this.#parts;
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
      deleteModel: management.deleteModel,
      bulkDeleteModels: management.bulkDeleteModels,
      renameModel: management.renameModel,
      verifyDuplicates: management.verifyDuplicates,
      planDedupe: management.planDedupe,
      applyDedupe: management.applyDedupe,
      saveMetadata: edit.saveMetadata,
      addTags: edit.addTags,
      excludeModel: edit.excludeModel,
      unexcludeModel: edit.unexcludeModel,
      bulkEditModels: edit.bulkEditModels,
      replacePreview: preview.replacePreview,
      setPreviewFromUrl: preview.setPreviewFromUrl,
      moveModel: move.moveModel,
      moveModelsBulk: move.moveModelsBulk,
      autoOrganizeModels: organize.autoOrganizeModels,
      getAutoOrganizeProgress: organize.getAutoOrganizeProgress,
      clearAutoOrganizeProgress: organize.clearAutoOrganizeProgress,
      undoAutoOrganize: organize.undoAutoOrganize,
    };
  }
}
