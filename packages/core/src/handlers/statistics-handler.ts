import type { StatisticsService } from '../services/statistics/statistics-service.js';
import { nameOf, type UsedModel } from '../services/statistics/type-statistics.js';
import { previewUrlOf } from '../shapes/preview-url.js';
import type { JsonReply } from '../shapes/reply.js';
import type { LibraryHandlers } from './library-handlers.js';

const succeed = <T>(data: T): JsonReply<{ success: true; data: T }> => ({
  kind: 'json',
  body: { success: true, data },
});

const usedModelsOf = (models: readonly UsedModel[], basePath: string) =>
  models.map(({ entry, usageCount }) => ({
    name: nameOf(entry),
    usage_count: usageCount,
    base_model: entry.base_model,
    preview_url: previewUrlOf(entry.preview_url, basePath),
    folder: entry.folder,
  }));

/** Statistics over the whole library; `service` throws `service_not_ready` until there is one. */
export class StatisticsHandler {
  readonly #service: () => StatisticsService;

  constructor(service: () => StatisticsService) {
    this.#service = service;
  }

  readonly getCollectionOverview: LibraryHandlers['getCollectionOverview'] = async () =>
    succeed(await this.#service().collectionOverview());

  readonly getUsageAnalytics: LibraryHandlers['getUsageAnalytics'] = async (_input, { basePath }) => {
    const { top_loras, top_checkpoints, top_embeddings, ...rest } = await this.#service().usageAnalytics();
    return succeed({
      top_loras: usedModelsOf(top_loras, basePath),
      top_checkpoints: usedModelsOf(top_checkpoints, basePath),
      top_embeddings: usedModelsOf(top_embeddings, basePath),
      ...rest,
    });
  };

  readonly getModelUsageList: LibraryHandlers['getModelUsageList'] = async (input, { basePath }) => {
    const { limit, offset } = input;
    const ascending = input.sort.toLowerCase() !== 'desc';
    const { models, total, type } = await this.#service().modelUsageList(input.type, { ascending, limit, offset });
    return succeed({ items: usedModelsOf(models, basePath), total, type });
  };

  readonly getBaseModelDistribution: LibraryHandlers['getBaseModelDistribution'] = () =>
    succeed(this.#service().baseModelDistribution());

  readonly getTagAnalytics: LibraryHandlers['getTagAnalytics'] = async () =>
    succeed(await this.#service().tagAnalytics());

  readonly getStorageAnalytics: LibraryHandlers['getStorageAnalytics'] = async () =>
    succeed(await this.#service().storageAnalytics());

  readonly getInsights: LibraryHandlers['getInsights'] = async () =>
    succeed({ insights: await this.#service().insights() });

  readonly recordUsage: LibraryHandlers['recordUsage'] = async ({ executions, ...used }) => {
    const reported = Object.entries(used).map(([prefix, references]) => ({ prefix, references }));
    const { recorded, unknown } = await this.#service().recordUse(reported, executions);
    return { kind: 'json', body: { success: true, recorded, unknown } };
  };
}
