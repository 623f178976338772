import { FileEngine } from '../disk/file-engine.js';
import { ModelshelfError } from '../errors.js';
import type { LibraryService } from '../handlers/library-handler-set.js';
import type { ModelService } from '../handlers/model-service.js';
import { inProcessCoordination } from '../ports/coordination.js';
import { nodeFileOperations } from '../ports/file-operations.js';
import { GuardedOutbound } from '../providers/guarded-outbound.js';
import { PreviewAssetService } from '../services/preview-assets/preview-asset-service.js';
import { defaultImageOptimizer } from '../services/preview-assets/sharp-optimizer.js';
import { RecoveryService } from '../services/recovery/recovery-service.js';
import type { SettingsManager } from '../services/settings/settings-manager.js';
import { StatisticsService } from '../services/statistics/statistics-service.js';
import { AutoOrganizeProgress } from '../use-cases/auto-organize-progress.js';
import type { DigestFace } from './digest-face.js';
import { wireActiveLibrary, type ActiveLibrary } from './wire-active-library.js';
import { dataDirOf, wireRecords } from './wire-records.js';
import type { SharedParts } from './shared-parts.js';
import type { WiringParts } from './wiring-parts.js';

/** Everything that stands once the library is attached. */
export interface AttachedServices {
  readonly models: readonly ModelService[];
  readonly library: LibraryService;
  readonly digests: DigestFace;
  /** Lists what was kept of every type, or scans it; resolves when all are listed. */
  readonly startAll: () => Promise<void>;
}

/** The services of the library that is active, and how another one takes its place. */
export interface WiredServices {
  readonly attached: () => AttachedServices;
  /** Resolves when the folders that the settings name now are behind all routes; they are listed in the background. */
  readonly relist: () => Promise<void>;
  /** Resolves when background work has ended and records are written. */
  close(): Promise<void>;
}

/**
 * Resolves roots, opens records and recovers what a dead process left; scans nothing yet.
 *
 * @param onAttached Puts services behind the routes, now and whenever another library becomes active.
 */
export async function wireServices(
  parts: WiringParts,
  settings: SettingsManager,
  onAttached: (services: AttachedServices) => void,
): Promise<WiredServices> {
  const { options, progress, clock, logger, signal } = parts;
  const files = options.files ?? nodeFileOperations;
  const records = await wireRecords(parts);
  let active: ActiveLibrary | undefined;
  let relisting: Promise<void> = Promise.resolve();
  const rootsNow = (): string[] => (active?.models ?? []).flatMap(({ roots }) => roots.map(({ path }) => path));
  const engine = new FileEngine({ dataDir: dataDirOf(options), files, clock, logger, roots: rootsNow });
  const shared: SharedParts = {
    settings,
    records,
    engine,
    files,
    coordination: options.coordination ?? inProcessCoordination(),
    organizeProgress: new AutoOrganizeProgress(
      (snapshot) => progress.publish('auto_organize', 'all', snapshot),
      logger,
    ),
    outbound: options.outbound ?? new GuardedOutbound(),
    optimizer: options.imageOptimizer ?? defaultImageOptimizer(logger),
  };
  const recovery = new RecoveryService({
    engine,
    logger,
    onRecovered: () => {
      for (const { scans } of active?.models ?? []) scans.execute({ fresh: true }).catch(() => undefined);
    },
  });
  const close = async (): Promise<void> => {
    await recovery.close();
    // Another library that becomes active just now is closed, too, and the one before it.
    await relisting.catch(() => undefined);
    await active?.close();
    await engine.close();
    await records.close();
  };
  const servicesOf = (library: ActiveLibrary): AttachedServices => ({
    models: library.models,
    digests: library.digests,
    library: {
      previews: new PreviewAssetService(library.containment),
      previewCacheControl: `${options.authorize === undefined ? 'public' : 'private'}, max-age=86400`,
      trash: library.trash,
      progress,
      signal,
      statistics: new StatisticsService({ types: library.models, usage: records.usage, clock }),
      settings,
      isInitializing: () => library.models.some(({ scans }) => scans.isInitializing),
    },
    startAll: () => library.startAll(),
  });
  try {
    active = await wireActiveLibrary(parts, shared);
    await recovery.begin();
  } catch (error) {
    await close();
    throw error;
  }
  if (signal.aborted) {
    await close();
    throw closed();
  }
  let services = servicesOf(active);
  onAttached(services);
  const relist = async (): Promise<void> => {
    if (signal.aborted) throw closed();
    const next = await wireActiveLibrary(parts, shared);
    if (signal.aborted) {
      await next.close();
      throw closed();
    }
    const former = active;
    active = next;
    services = servicesOf(next);
    onAttached(services);
    await former?.close();
    // What still changes files of the former library is seen by the first scan of this one.
    await engine.locks.idle();
    if (signal.aborted) return;
    services.startAll().catch((error: unknown) => {
      if (!signal.aborted) logger.error('The library could not start.', { error });
    });
  };
  return {
    attached: () => services,
    relist: () => (relisting = relist()),
    close,
  };
}

const closed = (): ModelshelfError => new ModelshelfError('library_closed', 'The library was closed.');
