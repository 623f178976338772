import { BaseModelRoutes } from './base-model-routes.js';
import { ModelshelfError } from './errors.js';
import { healthReportOf } from './handlers/health-report.js';
import type { RouteHost } from './http/route-host.js';
import { createLibraryFace, type LibraryFace } from './library-api.js';
import { LibraryRoutes } from './library-routes.js';
import { builtInModelTypes } from './model-types/built-in-model-types.js';
import { PACKAGE_VERSION } from './package-version.js';
import { systemClock } from './ports/clock.js';
import { silentLogger } from './ports/logger.js';
import type { ProgressEmitter } from './progress/progress-emitter.js';
import { SettingsManager } from './services/settings/settings-manager.js';
import type { SiteOrigins } from './shapes/site-origins.js';
import { checkModelTypes, checkSites } from './wiring/check-options.js';
import { createExtensionContext } from './wiring/extension-context.js';
import type { DigestFace } from './wiring/digest-face.js';
import type { ModelLibraryOptions } from './wiring/library-options.js';
import { wireFaces, type ModelFaces } from './wiring/wire-faces.js';
import { wireHttp } from './wiring/wire-http.js';
import { wireProgress } from './wiring/wire-progress.js';
import { wireServices, type AttachedServices, type WiredServices } from './wiring/wire-services.js';

/** What is known when the models of every type are listed. */
export interface ReadySummary {
  /** Models over all types. */
  readonly models: number;
  /** Milliseconds since the library was made. */
  readonly ms: number;
}

/** A library of model files: what adapters bind, and what programs call in process. */
export interface ModelLibrary extends RouteHost, LibraryFace, ModelFaces, DigestFace {
  /** Typed events of everything that takes time. */
  readonly progress: Pick<ProgressEmitter, 'on' | 'snapshots'>;
  /** Origins of the remote catalogues. */
  readonly sites: SiteOrigins;
  /** Settings are read and roots resolved: routes stop answering 503. Rejects when that failed. */
  readonly attached: Promise<void>;
  /**
   * The models of every type are listed: those that were kept of the last time, while the disk is compared with them in the
   * background, or those of the first scan. Nothing has to wait for it. Rejects when that failed.
   */
  readonly ready: Promise<ReadySummary>;
  /** Stops scans and digests, writes what is to be kept and releases everything. May be called again. */
  close(): Promise<void>;
}

/**
 * Makes a library over folders of model files and starts it. Returns at once: routes answer 503 until settings are read
 * and roots resolved, then lists fill while the first scan runs.
 *
 * Throws `invalid_configuration` for options that cannot be meant.
 *
 * @example
 * const library = createModelLibrary({ roots: { loras: ['./models/loras'] } });
 */
export function createModelLibrary(options: ModelLibraryOptions = {}): ModelLibrary {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const types = [...builtInModelTypes, ...(options.modelTypes ?? [])];
  checkModelTypes(types, options);
  const sites = checkSites(options.sites);
  const startedAt = clock.now();
  const closing = new AbortController();
  const progress = wireProgress(clock, logger);
  const extensions = options.extensions ?? [];
  let services: AttachedServices | undefined;
  const settings = SettingsManager.read(options.settingsFile, logger, {
    clock,
    ...(options.files && { files: options.files }),
    roots: options.roots,
    extraRoots: options.extraRoots,
  });

  const attachedNow = (): AttachedServices => {
    if (services === undefined) throw new ModelshelfError('service_not_ready', 'Service not ready');
    return services;
  };
  const contextOf = createExtensionContext({ progress, logger }, attachedNow);
  const pages = options.pages && {
    renderer: options.pages,
    prefixes: types.map(({ prefix }) => prefix),
    version: PACKAGE_VERSION,
  };
  const controllers = types.map((type) => new BaseModelRoutes(type, { pages, extensions, contextOf }));
  const libraryRoutes = new LibraryRoutes({
    pages,
    extensions,
    context: () => contextOf(undefined),
    health: () => healthReportOf(services?.models, PACKAGE_VERSION),
    settings: { settings: () => settings, applyLibrary: async () => (await attaching).relist() },
  });
  const host = wireHttp(options, logger, [...controllers, libraryRoutes]);

  const onAttached = (wired: AttachedServices): void => {
    services = wired;
    for (const service of wired.models) {
      controllers.find(({ modelType }) => modelType === service.modelType)?.attachService(service);
    }
    libraryRoutes.attachService(wired.library);
  };
  const attach = async (): Promise<WiredServices> =>
    wireServices({ options, types, progress, clock, logger, signal: closing.signal }, await settings, onAttached);
  const attaching = attach();
  const attached = attaching.then(() => undefined);
  // A host need not wait for it; `starting` tells the logger.
  attached.catch(() => undefined);
  const starting = attaching.then(async ({ attached }): Promise<ReadySummary> => {
    const { models, startAll } = attached();
    await startAll();
    const total = models.reduce((sum, { catalog }) => sum + catalog.size, 0);
    return { models: total, ms: clock.now() - startedAt };
  });
  starting.catch((error: unknown) => {
    if (!closing.signal.aborted) logger.error('The library could not start.', { error });
  });
  let closed: Promise<void> | undefined;

  const basePath = options.publicBasePath ?? '';
  return {
    ...host,
    ...createLibraryFace((name, always) => libraryRoutes.handlerProxy(name, always), basePath),
    ...wireFaces(controllers, basePath),
    digestOf: async (...asked) => (await attaching).attached().digests.digestOf(...asked),
    digestAll: async (...asked) => (await attaching).attached().digests.digestAll(...asked),
    progress,
    sites,
    attached,
    ready: starting,
    close: () => {
      closing.abort();
      closed ??= attaching.then(
        (wired) => wired.close(),
        () => undefined,
      );
      return closed;
    },
  };
}
