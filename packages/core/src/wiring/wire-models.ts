import { ItemFragments } from '../catalog/item-fragments.js';
import { ModelCatalog } from '../catalog/model-catalog.js';
import { ModelScanner, type ScanResult } from '../catalog/model-scanner.js';
import { resolveRoots } from '../disk/resolve-roots.js';
import { scanInWorker } from '../disk/scan-in-worker.js';
import type { ModelService } from '../handlers/model-service.js';
import type { ModelType } from '../model-types/model-type.js';
import type { DigestRecords } from '../ports/digest-records.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { ProgressEmitter } from '../progress/progress-emitter.js';
import { ModelMetadataReader } from '../services/metadata/model-metadata-reader.js';
import { ScanModelsUseCase } from '../use-cases/scan-models-use-case.js';
import type { WiringParts } from './wiring-parts.js';

/** Folders that hold deleted models for a while; never part of the library. */
const SKIPPED_FOLDERS = ['.lm-pending-delete'];

/** Some eighty thousand list items; the oldest go first. */
const FRAGMENT_BYTES = 64 * 1024 * 1024;

/** Builds everything behind the routes of one model type. */
export async function wireModels(
  { options, progress, clock, logger, signal }: WiringParts,
  modelType: ModelType,
  settings: SettingsView,
  digests: DigestRecords,
  onScanned: (result: ScanResult) => void,
): Promise<ModelService> {
  const { folder_paths, extra_folder_paths, model_name_display } = settings.current();
  const folders = { primary: options.roots ?? folder_paths, extra: options.extraRoots ?? extra_folder_paths };
  const roots = await resolveRoots(modelType.rootCategories, folders, logger);
  const catalog = new ModelCatalog(roots, model_name_display);
  const job = {
    roots,
    extensions: modelType.extensions,
    skippedFolders: SKIPPED_FOLDERS,
    defaults: {
      from_civitai: modelType.defaults.fromCivitai,
      sub_type: modelType.subTypeFromCivitai ? null : modelType.defaultSubType,
      usage_tips: modelType.defaults.usageTips,
    },
  };
  const scans = new ScanModelsUseCase({
    modelType,
    scanner: new ModelScanner(catalog, job, scanInWorker, digests),
    clock,
    signal,
    onProgress: (snapshot) => progress.publish('scan', modelType.prefix, snapshot),
    onScanned: (result) => {
      tellModelsChanged(progress, { modelType, catalog });
      onScanned(result);
    },
  });
  return {
    modelType,
    roots,
    catalog,
    fragments: new ItemFragments(modelType, FRAGMENT_BYTES),
    scans,
    metadata: new ModelMetadataReader(modelType.label),
    settings,
  };
}

/** Tells every client of a catalog that it changed. */
export function tellModelsChanged(
  progress: ProgressEmitter,
  { modelType: { prefix }, catalog }: Pick<ModelService, 'modelType' | 'catalog'>,
): void {
  progress.publish('models_changed', prefix, { type: 'models_changed', pageType: prefix, version: catalog.version });
}
