import { describe, expect, it } from 'vitest';
import type { LibraryService } from '../src/handlers/library-handler-set.js';
import type { PageSetting } from '../src/handlers/model-page-view.js';
import { createLibraryFace } from '../src/library-api.js';
import { LibraryRoutes } from '../src/library-routes.js';
import { ModelRouteRegistrar } from '../src/model-route-registrar.js';
import type { StatisticsPageInputs } from '../src/ports/page-renderer.js';
import { nodeFileOperations } from '../src/ports/file-operations.js';
import { silentLogger } from '../src/ports/logger.js';
import { ProgressEmitter } from '../src/progress/progress-emitter.js';
import { ProgressSnapshots } from '../src/progress/progress-snapshots.js';
import { STATISTICS_ROUTE_DEFINITIONS } from '../src/routes/statistics-route-definitions.js';
import { PreviewAssetService } from '../src/services/preview-assets/preview-asset-service.js';
import { SettingsManager } from '../src/services/settings/settings-manager.js';
import { TrashService } from '../src/services/trash/trash-service.js';
import { countedLibrary, sha } from './services/statistics/counted-library.js';

const base = '/studio';

function statisticsRoutes({ pages }: { pages?: PageSetting } = {}) {
  const routes = new LibraryRoutes({
    pages,
    extensions: [],
    context: () => {
      throw new Error('no extension asks');
    },
    health: () => ({ version: '1', attached: true, ready: true, models: {} }),
    settings: { settings: () => new SettingsManager({}), applyLibrary: () => Promise.resolve() },
  });
  const counted = countedLibrary({
    loras: [
      { file_path: '/m/a.safetensors', sha256: sha('a'), preview_url: '/m/a b.png', folder: '' },
      { file_path: '/m/b.safetensors', sha256: sha('b') },
    ],
  });
  const state = { isInitializing: false };
  const service: LibraryService = {
    previews: new PreviewAssetService({ resolveContained: () => Promise.reject(new Error('nothing is previewed')) }),
    progress: new ProgressEmitter(new ProgressSnapshots({ now: () => 0 }), () => undefined),
    statistics: counted.statistics,
    settings: new SettingsManager({ language: 'de' }),
    previewCacheControl: 'public',
    trash: new TrashService({ types: [], files: nodeFileOperations, clock: { now: () => 0 }, logger: silentLogger }),
    isInitializing: () => state.isInitializing,
    signal: new AbortController().signal,
  };
  const face = createLibraryFace((name, always) => routes.handlerProxy(name, always), base);
  return { routes, face, state, ...counted, attach: () => routes.attachService(service) };
}

describe('statistics routes', () => {
  it('answer 503 while the library is not attached', async () => {
    const { face } = statisticsRoutes();
    await expect(face.getCollectionOverview()).rejects.toMatchObject({ code: 'service_not_ready' });
    await expect(face.recordUsage({ loras: ['a'] })).rejects.toMatchObject({ code: 'service_not_ready' });
  });

  it('answer success with data, and preview addresses below the base path', async () => {
    const { face, attach } = statisticsRoutes();
    attach();
    expect(await face.recordUsage({ loras: ['a', 'nobody'] })).toEqual({
      success: true,
      recorded: 1,
      unknown: ['nobody'],
    });
    const a = {
      name: 'a',
      usage_count: 1,
      base_model: 'SDXL 1.0',
      preview_url: '/studio/api/lm/previews?path=%2Fm%2Fa%20b.png',
      folder: '',
    };
    const b = { ...a, name: 'b', usage_count: 0, preview_url: '' };
    expect(await face.getModelUsageList()).toEqual({ success: true, data: { items: [a, b], total: 2, type: 'lora' } });
    expect((await face.getModelUsageList({ sort: 'up' })).data.items).toEqual([b, a]);
    expect((await face.getUsageAnalytics()).data).toMatchObject({ top_loras: [a], top_checkpoints: [] });
    expect((await face.getCollectionOverview()).data).toMatchObject({ total_generations: 1, unused_loras: 1 });
    expect((await face.getInsights()).data).toEqual({ insights: [] });
    expect((await face.getBaseModelDistribution()).data).toEqual({
      loras: { 'SDXL 1.0': 2 },
      checkpoints: {},
      embeddings: {},
    });
    expect((await face.getTagAnalytics()).data).toEqual({ top_tags: [], total_unique_tags: 0 });
    expect((await face.getStorageAnalytics()).data['loras']).toHaveLength(2);
  });

  it.each(
    STATISTICS_ROUTE_DEFINITIONS.filter(({ reply }) => reply !== 'html').map(({ handler }) => [handler] as const),
  )('%s answers what its reply schema says', async (handler) => {
    const { face, attach } = statisticsRoutes();
    attach();
    const definition = STATISTICS_ROUTE_DEFINITIONS.find((each) => each.handler === handler);
    if (definition === undefined || definition.reply === 'html') throw new Error('no JSON route');
    const answer = await face[handler]();
    expect(definition.reply.strict().parse(answer)).toEqual(answer);
  });

  it('clamp limits, and refuse what is no whole number and what is no model type', async () => {
    const { face, attach } = statisticsRoutes();
    attach();
    const itemsOf = async (limit: string | number, offset: string | number = 0) =>
      (await face.getModelUsageList({ limit, offset })).data.items.map(({ name }) => name);
    expect(await itemsOf('1')).toEqual(['a']);
    expect(await itemsOf(-3)).toEqual([]);
    expect(await itemsOf(100_000, -1)).toEqual(['a', 'b']);
    expect(await itemsOf(50, '1')).toEqual(['b']);
    for (const wrong of ['', 'ten', '1.5']) {
      await expect(itemsOf(wrong)).rejects.toMatchObject({ code: 'validation_failed' });
      await expect(itemsOf(1, wrong)).rejects.toMatchObject({ code: 'validation_failed' });
    }
    await expect(face.getModelUsageList({ type: 'LORA' })).rejects.toMatchObject({
      code: 'validation_failed',
      message: 'Invalid model type: LORA',
    });
    await expect(face.recordUsage({ executions: 'many' })).rejects.toMatchObject({ code: 'validation_failed' });
    const tooMany = Array.from({ length: 1001 }, () => 'a');
    await expect(face.recordUsage({ loras: tooMany })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});

describe('the page of the statistics', () => {
  function renderedWith() {
    const seen: StatisticsPageInputs[] = [];
    const renderer = {
      renderModelPage: async () => '',
      renderStatisticsPage: async (inputs: StatisticsPageInputs) => {
        seen.push(inputs);
        return '<p>numbers</p>';
      },
    };
    return { seen, pages: { renderer, prefixes: ['loras', 'vae'], version: '1.2.3' } };
  }

  it('is rendered from the inputs of the library, initializing while any type is', async () => {
    const { seen, pages } = renderedWith();
    const { face, state, attach } = statisticsRoutes({ pages });
    attach();
    expect(await face.handleStatisticsPage()).toEqual({ kind: 'html', body: '<p>numbers</p>' });
    state.isInitializing = true;
    await face.handleStatisticsPage();
    const inputs = { prefixes: ['loras', 'vae'], base_path: base, path: '/statistics', version: '1.2.3' };
    expect(seen).toMatchObject([
      { ...inputs, is_initializing: false, settings: { language: 'de' } },
      { ...inputs, is_initializing: true },
    ]);
  });

  it('is bound only when pages are given, so that a host may have its own', async () => {
    const { pages } = renderedWith();
    const boundWith = (setting: { pages?: PageSetting }): string[] => {
      const registrar = new ModelRouteRegistrar({ pages: setting.pages !== undefined, legacyGetWrites: true });
      statisticsRoutes(setting).routes.setupRoutes(registrar);
      return registrar.bindings.map(({ path }) => path);
    };
    expect(boundWith({ pages })).toContain('/statistics');
    expect(boundWith({})).not.toContain('/statistics');
    expect(boundWith({})).toContain('/api/lm/stats/insights');
    const { face, attach } = statisticsRoutes();
    attach();
    await expect(face.handleStatisticsPage()).rejects.toMatchObject({ code: 'not_found' });
  });
});
