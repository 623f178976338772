import { expect, it } from 'vitest';
import { ItemFragments } from '../src/catalog/item-fragments.js';
import { ModelCatalog } from '../src/catalog/model-catalog.js';
import type { ModelService } from '../src/handlers/model-service.js';
import { BaseModelRoutes, COMMON_ROUTE_DEFINITIONS, SettingsManager } from '../src/index.js';
import { createModelFace } from '../src/library-api.js';
import { checkpoint, lora } from '../src/model-types/built-in-model-types.js';
import { silentLogger } from '../src/ports/logger.js';
import { noUsage } from '../src/ports/usage-counts.js';
import { ModelRouteRegistrar } from '../src/model-route-registrar.js';
import { LORA_ROUTE_DEFINITIONS } from '../src/routes/lora-route-definitions.js';
import { ModelMetadataReader } from '../src/services/metadata/model-metadata-reader.js';
import { ScanModelsUseCase } from '../src/use-cases/scan-models-use-case.js';
import { makeModel } from './catalog/make-model.js';

function serviceOver(stem: string): ModelService {
  const catalogOf = () => new ModelCatalog({ modelType: lora, roots: [], nameDisplay: 'model_name' });
  const catalog = catalogOf();
  catalog.upsert([makeModel({ file_path: `/m/${stem}.safetensors` })]);
  return {
    modelType: lora,
    roots: [],
    catalog,
    excluded: catalogOf(),
    fragments: new ItemFragments(lora, 1000),
    scans: new ScanModelsUseCase({
      modelType: lora,
      roots: [],
      scanner: { scan: () => Promise.reject(new Error('nobody scans')) },
      hydrate: () => Promise.resolve(0),
      hasRows: () => false,
      clock: { now: () => 0 },
      logger: silentLogger,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onScanned: () => undefined,
    }),
    metadata: new ModelMetadataReader('Lora'),
    // No route here changes a model.
    writes: {} as never,
    settings: new SettingsManager({}),
    usage: noUsage,
    publishTriggerWords: () => undefined,
    random: () => 0,
  };
}

function routesOf(modelType: typeof lora): BaseModelRoutes {
  const contextOf = (): never => {
    throw new Error('no extension asks');
  };
  return new BaseModelRoutes(modelType, { pages: undefined, extensions: [], contextOf });
}

it('the handler set is built anew when a service is attached anew, without binding again', async () => {
  const routes = routesOf(lora);
  const face = createModelFace(COMMON_ROUTE_DEFINITIONS, (name) => routes.handlerProxy(name), '');
  const own = createModelFace(LORA_ROUTE_DEFINITIONS, (name) => routes.handlerProxy(name), '');
  const listed = async (): Promise<string[]> => (await face.getModels()).items.map(({ file_name }) => file_name);
  const cycled = async (): Promise<string[]> => (await own.getCyclerList()).loras.map(({ file_name }) => file_name);

  await expect(listed()).rejects.toMatchObject({ code: 'service_not_ready' });
  await expect(cycled()).rejects.toMatchObject({ code: 'service_not_ready' });
  routes.attachService(serviceOver('first'));
  expect([await listed(), await cycled()]).toEqual([['first'], ['first']]);
  routes.attachService(serviceOver('second'));
  expect([await listed(), await cycled()]).toEqual([['second'], ['second']]);
});

it('every handler name in the common list resolves to exactly one callable of the handler set, and no callable of the set is unreachable', () => {
  const handlers = routesOf(lora).createHandlerSet(serviceOver('x')).toRouteMapping();
  expect(Object.keys(handlers).sort()).toEqual(COMMON_ROUTE_DEFINITIONS.map(({ handler }) => handler).sort());
  expect(new Set(Object.values(handlers)).size).toBe(COMMON_ROUTE_DEFINITIONS.length);
});

it('binds the routes of a type after the common ones, through the same proxy', () => {
  const boundTo = (modelType: typeof lora): string[] => {
    const registrar = new ModelRouteRegistrar({ pages: true, legacyGetWrites: true });
    routesOf(modelType).setupRoutes(registrar);
    for (const { resolve } of registrar.bindings) {
      expect(resolve).toThrow(expect.objectContaining({ code: 'service_not_ready' }));
    }
    return registrar.bindings.map(({ path }) => path);
  };
  expect(boundTo(lora).slice(COMMON_ROUTE_DEFINITIONS.length)).toEqual(
    LORA_ROUTE_DEFINITIONS.map(({ path }) => path.replace('{prefix}', 'loras')),
  );
  expect(boundTo(checkpoint)).toContain('/api/lm/checkpoints/loader-pool');
  expect(boundTo(checkpoint)).not.toContain('/api/lm/checkpoints/letter-counts');
});
