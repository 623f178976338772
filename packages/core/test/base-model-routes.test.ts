import { expect, it } from 'vitest';
import { ItemFragments } from '../src/catalog/item-fragments.js';
import { ModelCatalog } from '../src/catalog/model-catalog.js';
import { ModelScanner } from '../src/catalog/model-scanner.js';
import { memoryDigestRecords } from '../src/disk/memory-digest-records.js';
import { scanInWorker } from '../src/disk/scan-in-worker.js';
import type { ModelService } from '../src/handlers/model-service.js';
import { BaseModelRoutes, SettingsManager } from '../src/index.js';
import { createModelFace } from '../src/library-api.js';
import { lora } from '../src/model-types/built-in-model-types.js';
import { ModelMetadataReader } from '../src/services/metadata/model-metadata-reader.js';
import { ScanModelsUseCase } from '../src/use-cases/scan-models-use-case.js';
import { makeModel } from './catalog/make-model.js';

function serviceOver(stem: string): ModelService {
  const catalog = new ModelCatalog([], 'model_name');
  catalog.upsert([makeModel({ file_path: `/m/${stem}.safetensors` })]);
  const defaults = { from_civitai: true, sub_type: null, usage_tips: '{}' };
  const job = { roots: [], extensions: ['.safetensors'], skippedFolders: [], defaults };
  return {
    modelType: lora,
    roots: [],
    catalog,
    fragments: new ItemFragments(lora, 1000),
    scans: new ScanModelsUseCase({
      modelType: lora,
      scanner: new ModelScanner(catalog, job, scanInWorker, memoryDigestRecords()),
      clock: { now: () => 0 },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onScanned: () => undefined,
    }),
    metadata: new ModelMetadataReader('Lora'),
    settings: new SettingsManager({}),
  };
}

it('the handler set is built anew when a service is attached anew, without binding again', async () => {
  const contextOf = (): never => {
    throw new Error('no extension asks');
  };
  const routes = new BaseModelRoutes(lora, { pages: undefined, extensions: [], contextOf });
  const face = createModelFace((name) => routes.handlerProxy(name), '');
  const listed = async (): Promise<string[]> => (await face.getModels()).items.map(({ file_name }) => file_name);

  await expect(listed()).rejects.toMatchObject({ code: 'service_not_ready' });
  routes.attachService(serviceOver('first'));
  expect(await listed()).toEqual(['first']);
  routes.attachService(serviceOver('second'));
  expect(await listed()).toEqual(['second']);
});
