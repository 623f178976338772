import { createPathContainment } from '../disk/contained-path.js';
import { ModelshelfError } from '../errors.js';
import type { LibraryService } from '../handlers/library-handler-set.js';
import type { ModelService } from '../handlers/model-service.js';
import type { SettingsView } from '../ports/settings-view.js';
import { PreviewAssetService } from '../services/preview-assets/preview-asset-service.js';
import { SettingsManager } from '../services/settings/settings-manager.js';
import { StatisticsService } from '../services/statistics/statistics-service.js';
import { createDigestFace, type DigestFace } from './digest-face.js';
import { wireDigests } from './wire-digests.js';
import { wireModels, type WiredModels } from './wire-models.js';
import { wireRecords } from './wire-records.js';
import type { WiringParts } from './wiring-parts.js';

/** Everything that stands once the library is attached. */
export interface AttachedServices {
  readonly models: readonly ModelService[];
  readonly library: LibraryService;
  readonly settings: SettingsView;
  readonly digests: DigestFace;
  /** Lists what was kept of every type, or scans it; resolves when all are listed. */
  readonly startAll: () => Promise<void>;
  /** Resolves when background work has ended and records are written. */
  close(): Promise<void>;
}

/** Reads settings, resolves roots and opens records; scans nothing yet. */
export async function wireServices(parts: WiringParts): Promise<AttachedServices> {
  const { options, types, progress, clock, logger, signal } = parts;
  const settings = await SettingsManager.read(options.settingsFile, logger);
  const records = await wireRecords(parts);
  const digests = wireDigests(parts, records.digests);
  const close = async (): Promise<void> => {
    await Promise.allSettled(wired.map((each) => each.close()));
    await digests.close();
    await Promise.allSettled(wired.map((each) => each.settled()));
    await records.close();
  };
  const wakeDigests = (): void => {
    if (options.digests !== false) digests.service.wake();
  };
  const wired: WiredModels[] = [];
  try {
    for (const type of types) {
      const models = await wireModels(parts, type, settings, records, wakeDigests);
      wired.push(models);
      const { onDigest, onDigestsEntered: onEntered } = models;
      const lazy = type.lazyDigests;
      digests.service.addTarget(models.service.catalog, { lazy, onEntered, onDigest });
      digests.service.addTarget(models.service.excluded, { lazy, onEntered: () => undefined, onDigest });
    }
  } catch (error) {
    await close();
    throw error;
  }
  if (signal.aborted) {
    await close();
    throw new ModelshelfError('library_closed', 'The library was closed.');
  }
  const models = wired.map(({ service }) => service);
  const containment = createPathContainment(() => ({
    roots: models.flatMap(({ roots }) => roots.map(({ path }) => path)),
    linkTargets: wired.map(({ linkTargets }) => linkTargets()),
  }));
  return {
    models,
    settings,
    library: {
      previews: new PreviewAssetService(containment),
      progress,
      signal,
      statistics: new StatisticsService({ types: models, usage: records.usage, clock }),
      settings,
      isInitializing: () => models.some(({ scans }) => scans.isInitializing),
    },
    digests: createDigestFace(models, digests.service),
    startAll: async () => {
      await Promise.all(wired.map((each) => each.start()));
    },
    close,
  };
}
