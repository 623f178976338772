import { createPathContainment } from '../disk/contained-path.js';
import type { LibraryService } from '../handlers/library-handler-set.js';
import type { ModelService } from '../handlers/model-service.js';
import type { SettingsView } from '../ports/settings-view.js';
import { PreviewAssetService } from '../services/preview-assets/preview-asset-service.js';
import { SettingsManager } from '../services/settings/settings-manager.js';
import { wireDigests } from './wire-digests.js';
import { tellModelsChanged, wireModels } from './wire-models.js';
import type { WiringParts } from './wiring-parts.js';

/** Everything that stands once the library is attached. */
export interface AttachedServices {
  readonly models: readonly ModelService[];
  readonly library: LibraryService;
  readonly settings: SettingsView;
  /** Scans every type; resolves when all are done. */
  readonly scanAll: () => Promise<void>;
  /** Resolves when background work has ended and records are written. */
  close(): Promise<void>;
}

/** Reads settings, resolves roots and opens records; scans nothing yet. */
export async function wireServices(parts: WiringParts): Promise<AttachedServices> {
  const { options, types, progress, logger, signal } = parts;
  const settings = await SettingsManager.read(options.settingsFile, logger);
  const models: ModelService[] = [];
  const digests = await wireDigests(parts);
  const wakeDigests = (): void => {
    if (options.digests ?? true) digests.service.wake();
  };
  try {
    for (const type of types) {
      const service = await wireModels(parts, type, settings, digests.records, wakeDigests);
      models.push(service);
      digests.service.addTarget(service.catalog, () => tellModelsChanged(progress, service));
    }
  } catch (error) {
    await digests.close();
    throw error;
  }
  const containment = createPathContainment(() => ({
    roots: models.flatMap(({ roots }) => roots.map(({ path }) => path)),
    linkTargets: models.flatMap(({ scans }) => scans.last?.linkTargets ?? []),
  }));
  return {
    models,
    settings,
    library: { previews: new PreviewAssetService(containment), progress, signal },
    scanAll: async () => {
      await Promise.all(models.map(({ scans }) => scans.execute()));
    },
    close: async () => {
      await Promise.allSettled(models.map(({ scans }) => scans.settled()));
      await digests.close();
    },
  };
}
