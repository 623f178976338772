import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  COMMON_ROUTE_DEFINITIONS,
  createModelLibrary,
  defineExtension,
  defineModelType,
  defineRoutes,
} from '../../src/index.js';
import { openLibrary, safetensors, temporaryFolder, writeFiles } from './temp-library.js';

describe('extending a library', () => {
  it('P-16: adding a model type is one definition and gives all routes', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'vae/deep/Clear.safetensors': safetensors(), 'vae/old.pt': 'pickle', 'vae/no.txt': '' });
    const vae = defineModelType({ name: 'vae', prefix: 'vae', extensions: ['.safetensors', '.pt'] });
    const { library, request } = await openLibrary({}, { roots: { vae: [join(folder, 'vae')] }, modelTypes: [vae] });
    await library.ready;

    const list = await library.model('vae').getModels({ sort_by: 'name' });
    expect(list.items.map(({ file_name, sub_type }) => [file_name, sub_type])).toEqual([
      ['Clear', 'vae'],
      ['old', 'vae'],
    ]);
    expect(await library.model('vae').getFolders()).toEqual({ success: true, folders: ['', 'deep'] });
    const bound = library.bindings.filter(({ prefix }) => prefix === 'vae').map(({ definition }) => definition.handler);
    const common = COMMON_ROUTE_DEFINITIONS.filter(({ reply }) => reply !== 'html').map(({ handler }) => handler);
    expect(bound).toEqual(common);
    expect((await request('/api/lm/vae/list')).status).toBe(200);
  });

  it('a host adds a route in three steps: declare, implement, inject', async () => {
    const routes = defineRoutes([
      {
        handler: 'countBaseModel',
        methods: ['GET'],
        path: '/api/lm/{prefix}/count/{base_model}',
        scope: 'model',
        effect: 'read',
        summary: 'How many models have a base model.',
        params: z.object({ base_model: z.string() }),
        reply: z.object({ count: z.number() }),
      },
      {
        handler: 'getGreeting',
        methods: ['GET'],
        path: '/api/greeting',
        scope: 'library',
        effect: 'read',
        summary: 'A greeting.',
        reply: z.object({ greeting: z.string() }),
      },
    ]);
    const greeting = 'hello';
    const extension = defineExtension({
      routes,
      handlers: ({ modelType, models }) => ({
        countBaseModel: ({ base_model }) => {
          const all = [...models(modelType?.prefix ?? '').entries()];
          return { kind: 'json', body: { count: all.filter((entry) => entry.base_model === base_model).length } };
        },
        getGreeting: () => ({ kind: 'json', body: { greeting } }),
      }),
    });
    const { library, request } = await openLibrary(
      { 'loras/a.safetensors': safetensors() },
      { extensions: [extension] },
    );
    const early = await request('/api/lm/loras/count/Unknown');
    expect([early.status, await early.json()]).toEqual([503, { success: false, error: 'Service not ready' }]);
    await library.ready;
    expect(await (await request('/api/lm/loras/count/Unknown')).json()).toEqual({ count: 1 });
    expect(await (await request('/api/lm/checkpoints/count/Unknown')).json()).toEqual({ count: 0 });
    expect(await (await request('/api/greeting')).json()).toEqual({ greeting: 'hello' });
  });

  it('handlers of one name in two extensions do not get mixed up, and always means always', async () => {
    const route = (scope: 'model' | 'library', path: `/${string}`) =>
      defineRoutes([
        {
          handler: 'getStats',
          methods: ['GET'],
          path,
          scope,
          effect: 'read',
          summary: 'Who answers.',
          reply: z.object({ by: z.string() }),
          always: true,
        },
      ]);
    const modelOwn = defineExtension({
      routes: route('model', '/api/{prefix}/stats'),
      handlers: ({ modelType, models }) => {
        models(modelType?.prefix ?? '');
        return { getStats: () => ({ kind: 'json', body: { by: 'model' } }) };
      },
    });
    const libraryOwn = defineExtension({
      routes: route('library', '/api/stats'),
      handlers: () => ({ getStats: () => ({ kind: 'json', body: { by: 'library' } }) }),
    });
    const { library, request } = await openLibrary({}, { extensions: [modelOwn, libraryOwn] });
    expect(await (await request('/api/stats')).json()).toEqual({ by: 'library' });
    await library.attached;
    expect(await (await request('/api/loras/stats')).json()).toEqual({ by: 'model' });
    expect(() => defineModelType({ name: 'x', prefix: 'x', extensions: ['.x'], routes: [libraryOwn] })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    );
  });

  it('refuses what cannot be meant, before anything starts', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'x'));
    const attempts = [
      { roots: { lora: [folder] } },
      { modelTypes: [defineModelType({ name: 'l', prefix: 'loras', extensions: ['.x'] })] },
      { sites: { civitai: 'ftp://nowhere' } },
    ];
    for (const options of attempts) {
      expect(() => createModelLibrary({ dataDir: folder, ...options })).toThrow(
        expect.objectContaining({ code: 'invalid_configuration' }),
      );
    }
    expect(() => defineModelType({ name: 'l', prefix: '../up', extensions: ['.x'] })).toThrow();
    expect(() => defineModelType({ name: 'l', prefix: 'l', extensions: [] })).toThrow();
  });
});
