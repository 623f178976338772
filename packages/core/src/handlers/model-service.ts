import type { ItemFragments } from '../catalog/item-fragments.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ModelType } from '../model-types/model-type.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { UsageCounts } from '../ports/usage-counts.js';
import type { ModelMetadataReader } from '../services/metadata/model-metadata-reader.js';
import type { TriggerWords } from '../shapes/progress.js';
import type { ModelRoot } from '../shapes/scan.js';
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
  readonly settings: SettingsView;
  readonly usage: UsageCounts;
  /** Tells the host application's nodes their trigger words. */
  readonly publishTriggerWords: (words: TriggerWords) => void;
  /** From 0 up to, not including, 1: what random samples are drawn with. */
  readonly random: () => number;
}
