export { createModelLibrary, type ModelLibrary, type ReadySummary } from './create-model-library.js';
export type { DigestFace } from './wiring/digest-face.js';
export type { DigestOptions, ModelLibraryOptions, RootsConfiguration } from './wiring/library-options.js';

export { ModelshelfError, isModelshelfError, type ErrorCode } from './errors.js';

export { COMMON_ROUTE_DEFINITIONS } from './routes/common-route-definitions.js';
export { LIBRARY_ROUTE_DEFINITIONS } from './routes/library-route-definitions.js';
export { LORA_ROUTE_DEFINITIONS } from './routes/lora-route-definitions.js';
export { CHECKPOINT_ROUTE_DEFINITIONS } from './routes/checkpoint-route-definitions.js';
export { EMBEDDING_ROUTE_DEFINITIONS } from './routes/embedding-route-definitions.js';
export { defineRoutes, type Method, type RouteDefinition } from './routes/route-definition.js';
export { defineExtension, type RouteExtension } from './routes/route-extension.js';
export type { FaceOf, HandlersOf, RouteHandler } from './routes/route-io.js';
export { booleanParam, integerParam, listParam, textParam, triStateParam } from './routes/params.js';
export { ModelRouteRegistrar } from './model-route-registrar.js';
export { BaseModelRoutes } from './base-model-routes.js';
export { ModelHandlerSet } from './handlers/model-handler-set.js';
export type { ModelHandlers } from './handlers/model-handlers.js';
export { ModelPageView } from './handlers/model-page-view.js';
export { ModelListingHandler } from './handlers/model-listing-handler.js';
export { ModelQueryHandler } from './handlers/model-query-handler.js';
export { ModelDetailHandler } from './handlers/model-detail-handler.js';
export { ModelScanHandler } from './handlers/model-scan-handler.js';
export type { ModelService } from './handlers/model-service.js';
export type { CheckpointFace, EmbeddingFace, LibraryFace, LoraFace, ModelFace } from './library-api.js';

export { defineModelType, type ModelType } from './model-types/model-type.js';

export { PreviewAssetService } from './services/preview-assets/preview-asset-service.js';
export { SettingsManager } from './services/settings/settings-manager.js';
export { ProgressEmitter } from './progress/progress-emitter.js';
export { ProgressSnapshots } from './progress/progress-snapshots.js';
export { previewUrlOf } from './shapes/preview-url.js';

export type { HostBody, HostRequest, WireResponse } from './http/contract.js';
export type { Authorize, AuthorizeRequest, RouteBinding, RouteHost, RouteMatch } from './http/route-host.js';
export { fromNode } from './http/node-request.js';
export { writeNode } from './http/write-node.js';

export type { Call, Part } from './ports/call.js';
export type { Clock } from './ports/clock.js';
export type { ExtensionContext, ModelReader } from './ports/extension-context.js';
export type { KnownDigest } from './ports/digest-records.js';
export type { IndexChange, IndexLoad, IndexScope, IndexStore } from './ports/index-store.js';
export type { Logger } from './ports/logger.js';
export type { PageInputs, PageRenderer, StatisticsPageInputs } from './ports/page-renderer.js';
export type { CatalogEntry } from './shapes/catalog-entry.js';
export type { ListItem } from './shapes/list-item.js';
export type { ProgressEvents, ProgressSnapshot, ProgressTopic } from './shapes/progress.js';
export type { Reply } from './shapes/reply.js';
export type { ConfiguredFolder, RootScanMode } from './shapes/root-scan-policy.js';
export type { ModelRoot, ScanIssue, ScannedModel } from './shapes/scan.js';
export type { Settings } from './shapes/settings.js';
