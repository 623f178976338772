import type { ItemFragments } from '../catalog/item-fragments.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ModelType } from '../model-types/model-type.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { ModelMetadataReader } from '../services/metadata/model-metadata-reader.js';
import type { ModelRoot } from '../shapes/scan.js';
import type { ScanModelsUseCase } from '../use-cases/scan-models-use-case.js';

/** Everything that the handlers of one model type work with: what `attachService` attaches. */
export interface ModelService {
  readonly modelType: ModelType;
  readonly roots: readonly ModelRoot[];
  readonly catalog: ModelCatalog;
  readonly fragments: ItemFragments;
  readonly scans: ScanModelsUseCase;
  readonly metadata: ModelMetadataReader;
  readonly settings: SettingsView;
}
