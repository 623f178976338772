import type { ItemFragments } from '../catalog/item-fragments.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ModelType } from '../model-types/model-type.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { UsageCounts } from '../ports/usage-counts.js';
import type { DedupeService } from '../services/dedupe/dedupe-service.js';
import type { ModelLifecycleService } from '../services/lifecycle/model-lifecycle-service.js';
import type { BulkEditService } from '../services/metadata-sync/bulk-edit-service.js';
import type { MetadataSyncService } from '../services/metadata-sync/metadata-sync-service.js';
import type { ModelMetadataReader } from '../services/metadata/model-metadata-reader.js';
import type { ModelMoveService } from '../services/move/model-move-service.js';
import type { PreviewReplacementService } from '../services/preview-assets/preview-replacement-service.js';
import type { TagUpdateService } from '../services/tags/tag-update-service.js';
import type { TriggerWords } from '../shapes/progress.js';
import type { ModelRoot } from '../shapes/scan.js';
import type { AutoOrganizeUseCase } from '../use-cases/auto-organize-use-case.js';
import type { ScanModelsUseCase } from '../use-cases/scan-models-use-case.js';

/** Everything that the handlers of one model type work with: what `attachService` attaches. */
export interface ModelService {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  /** The models that listings show. */
  readonly catalog: ModelCatalog;
  /** The models whose own sidecar leaves them out of listings. */
  readonly excluded: ModelCatalog;
  readonly fragments: ItemFragments;
  readonly scans: ScanModelsUseCase;
  readonly metadata: ModelMetadataReader;
  /** What changes the models. */
  readonly writes: ModelWrites;
  readonly settings: SettingsView;
  readonly usage: UsageCounts;
  /** Tells the host application's nodes their trigger words. */
  readonly publishTriggerWords: (words: TriggerWords) => void;
  /** From 0 up to, not including, 1: what random samples are drawn with. */
  readonly random: () => number;
}

/** The services that change models of one type. */
export interface ModelWrites {
  readonly lifecycle: ModelLifecycleService;
  readonly dedupe: DedupeService;
  readonly metadataSync: MetadataSyncService;
  readonly tags: TagUpdateService;
  readonly bulkEdits: BulkEditService;
  readonly moves: ModelMoveService;
  readonly organize: AutoOrganizeUseCase;
  readonly previews: PreviewReplacementService;
}
