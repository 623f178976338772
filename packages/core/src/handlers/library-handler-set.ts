import { ModelshelfError } from '../errors.js';
import type { ProgressEmitter } from '../progress/progress-emitter.js';
import { progressStream } from '../progress/progress-stream.js';
import type { PreviewAssetService } from '../services/preview-assets/preview-asset-service.js';
import type { StatisticsService } from '../services/statistics/statistics-service.js';
import type { TrashService } from '../services/trash/trash-service.js';
import { progressTopics, type ProgressTopic } from '../shapes/progress.js';
import type { HealthReport } from './health-report.js';
import type { LibraryHandlers } from './library-handlers.js';
import type { PageSetting } from './model-page-view.js';
import { SettingsHandler, type SettingsHandlerParts } from './settings-handler.js';
import { StatisticsHandler } from './statistics-handler.js';
import { StatisticsPageView, type StatisticsPageService } from './statistics-page-view.js';
import { TrashHandler } from './trash-handler.js';

/** What the library-scoped handlers work with once the library is attached. */
export interface LibraryService extends StatisticsPageService {
  readonly previews: PreviewAssetService;
  readonly progress: ProgressEmitter;
  readonly statistics: StatisticsService;
  /** How long, and by whom, a preview may be kept. */
  readonly previewCacheControl: string;
  readonly trash: TrashService;
  /** Ends event streams: the library closes. */
  readonly signal: AbortSignal;
}

const isTopic = (topic: string): topic is ProgressTopic => Object.hasOwn(progressTopics, topic);

const withoutPages = (): never => {
  throw new ModelshelfError('not_found', 'This library was made without pages.');
};

/** What library-scoped handlers work with before the library is attached. */
export interface LibraryHandlerParts {
  readonly health: () => HealthReport;
  readonly settings: SettingsHandlerParts;
  /** Undefined when the host wants no pages. */
  readonly pages: PageSetting | undefined;
}

/**
 * Flattens the library-scoped handlers; `service` throws `service_not_ready` until the library is attached, and `pages`
 * is left out by a library without pages.
 */
export function createLibraryHandlers(
  service: () => LibraryService,
  { health, pages, settings: settingsParts }: LibraryHandlerParts,
): LibraryHandlers {
  const trash = new TrashHandler(() => service().trash);
  const settings = new SettingsHandler(settingsParts);
  const statistics = new StatisticsHandler(() => service().statistics);
  return {
    servePreview: async ({ path }) => {
      const { previews, previewCacheControl: cacheControl } = service();
      const { path: real, contentType } = await previews.locate(path);
      return { kind: 'file', path: real, contentType, cacheControl };
    },
    streamProgress: ({ topics }, { signal, lastEventId }) => {
      const { progress, signal: closing } = service();
      const wanted = topics.flatMap((list) => list.split(',')).filter((topic) => topic !== '');
      const unknown = wanted.find((topic) => !isTopic(topic));
      if (unknown !== undefined) {
        const known = Object.keys(progressTopics).join(', ');
        throw new ModelshelfError('validation_failed', `topics: expected some of ${known}`);
      }
      const events = progressStream(progress, {
        topics: (wanted.length > 0 ? wanted : Object.keys(progressTopics)).filter(isTopic),
        after: lastEventId ?? 0,
        signals: [signal, closing],
      });
      return { kind: 'events', events, signal: closing };
    },
    checkHealth: () => ({ kind: 'json', body: { success: true, status: 'ok', ...health() } }),
    handleStatisticsPage:
      pages === undefined ? withoutPages : new StatisticsPageView(service, pages).handleStatisticsPage,
    getCollectionOverview: statistics.getCollectionOverview,
    getUsageAnalytics: statistics.getUsageAnalytics,
    getModelUsageList: statistics.getModelUsageList,
    getBaseModelDistribution: statistics.getBaseModelDistribution,
    getTagAnalytics: statistics.getTagAnalytics,
    getStorageAnalytics: statistics.getStorageAnalytics,
    getInsights: statistics.getInsights,
    recordUsage: statistics.recordUsage,
    undoDelete: trash.undoDelete,
    listTrash: trash.listTrash,
    restoreTrash: trash.restoreTrash,
    purgeTrash: trash.purgeTrash,
    getSettings: settings.getSettings,
    updateSettings: settings.updateSettings,
    getPriorityTags: settings.getPriorityTags,
    getLibraries: settings.getLibraries,
    activateLibrary: settings.activateLibrary,
    createLibrary: settings.createLibrary,
    renameLibrary: settings.renameLibrary,
    deleteLibrary: settings.deleteLibrary,
  };
}
