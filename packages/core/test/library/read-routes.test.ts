import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createModelLibrary } from '../../src/index.js';
import { listItemSchema } from '../../src/shapes/list-item.js';
import { openLibrary, safetensors, sidecar, writeFiles } from './temp-library.js';

const models = {
  'loras/top.safetensors': safetensors(),
  'loras/a/Ink Wash.safetensors': safetensors(),
  'loras/a/Ink Wash.metadata.json': sidecar({
    model_name: 'Ink Wash',
    base_model: 'Flux.1 D',
    tags: ['style', 'ink'],
    favorite: true,
    modified: 200,
    preview_nsfw_level: 4,
    civitai: {
      id: 7,
      modelId: 3,
      name: 'v2',
      trainedWords: ['inkw'],
      secret: 1,
      creator: { username: 'Ann' },
      model: { type: 'LoCon', allowNoCredit: false, allowCommercialUse: [] },
    },
  }),
  'loras/a/Ink Wash.preview.png': 'png bytes',
  'loras/b/other.safetensors': safetensors(),
  'loras/b/other.metadata.json': sidecar({
    model_name: 'Zebra',
    tags: ['Style'],
    modified: 100,
    unknown_member: { kept: true },
  }),
  'checkpoints/big.gguf': 'gguf',
};

describe('the read routes', () => {
  it('list: envelope, shape, paging, sorts and filters', async () => {
    const { library, request } = await openLibrary(models);
    expect(await library.ready).toMatchObject({ models: 4 });
    const list = async (
      query: string,
    ): Promise<{ items: { file_name: string }[]; total: number; [key: string]: unknown }> =>
      (await (await request(`/api/lm/loras/list?${query}`)).json()) as never;
    const stems = async (query: string): Promise<string[]> =>
      (await list(query)).items.map(({ file_name }) => file_name);

    const page = await list('page_size=2');
    expect(page).toMatchObject({ success: true, total: 3, page: 1, page_size: 2, total_pages: 2 });
    for (const item of page.items) listItemSchema.strict().parse(item);
    expect(await stems('page=2&page_size=2')).toEqual(['other']);
    expect(await stems('page=9')).toEqual([]);
    expect(await stems('sort_by=name:desc')).toEqual(['other', 'top', 'Ink Wash']);
    expect((await stems('sort_by=date')).slice(0, 2)).toEqual(['other', 'Ink Wash']);
    expect(new Set(await stems('sort_by=random:7'))).toEqual(new Set(['top', 'Ink Wash', 'other']));
    expect(await stems('folder=a')).toEqual(['Ink Wash']);
    expect(await stems('folder=&recursive=false')).toEqual(['top']);
    expect(await stems('search=NK%20W')).toEqual(['Ink Wash']);
    expect(await stems('search=ann&search_creator=true')).toEqual(['Ink Wash']);
    expect(await stems('base_model=Flux.1%20D&base_model=SDXL%201.0')).toEqual(['Ink Wash', 'other']);
    expect(await stems('tag=STYLE&tag=ink')).toEqual(['Ink Wash', 'other']);
    expect(await stems('tags=style,ink&tag_logic=all')).toEqual(['Ink Wash']);
    expect(await stems('favorites_only=TRUE')).toEqual(['Ink Wash']);
  });

  it('in process the same question has the same answer', async () => {
    const { library, request } = await openLibrary(models);
    await library.ready;
    const wire: unknown = await (await request('/api/lm/loras/list?search=ink&page_size=20&recursive=false')).json();
    expect(await library.loras.getModels({ search: 'ink', page_size: 20, recursive: false })).toEqual(wire);
    expect(await library.checkHealth()).toEqual(await (await request('/api/lm/health-check')).json());
    await expect(library.loras.getModelMetadata({ file_path: '/nowhere' })).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(library.loras.getModels({ page: 'x' })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('R-W24: numbers clamp or are a 400, never a 500', async () => {
    const { library, request } = await openLibrary(models);
    await library.ready;
    const clamped = await request('/api/lm/loras/list?page=0&page_size=500');
    expect(await clamped.json()).toMatchObject({ page: 1, page_size: 100 });
    expect(await (await request('/api/lm/loras/list?page=-3&page_size=-5')).json()).toMatchObject({
      page: 1,
      page_size: 1,
    });
    for (const query of ['page=x', 'page_size=1.5', 'page=', 'page=NaN', 'page=1e3']) {
      const response = await request(`/api/lm/loras/list?${query}`);
      expect([query, response.status]).toEqual([query, 400]);
      expect(await response.json()).toMatchObject({ success: false, code: 'validation_failed' });
    }
  });

  it('top-tags, base-models, roots, folders', async () => {
    const { library, folder } = await openLibrary(models);
    await library.ready;
    expect(await library.loras.getTopTags()).toEqual({
      success: true,
      tags: [
        { tag: 'style', count: 1 },
        { tag: 'ink', count: 1 },
        { tag: 'Style', count: 1 },
      ],
    });
    expect((await library.loras.getTopTags({ limit: 1 })).tags).toHaveLength(1);
    expect((await library.loras.getTopTags({ limit: 0 })).tags).toHaveLength(3);
    expect((await library.loras.getTopTags({ limit: -1 })).tags).toHaveLength(1);
    const { base_models } = await library.loras.getBaseModels();
    expect(base_models.map(({ name }) => name).sort()).toEqual(['Flux.1 D', 'SDXL 1.0', 'Unknown']);
    expect(await library.loras.getModelRoots()).toEqual({ success: true, roots: [join(folder, 'loras')] });
    expect(await library.loras.getFolders()).toEqual({ success: true, folders: ['', 'a', 'b'] });
  });

  it('metadata: known members of the remote version, by path and by address', async () => {
    const { library, folder } = await openLibrary(models);
    await library.ready;
    const path = join(folder, 'loras/a/Ink Wash.safetensors');
    const answer = await library.loras.getModelMetadata({ file_path: path });
    expect(answer.metadata).toEqual({
      id: 7,
      modelId: 3,
      name: 'v2',
      trainedWords: ['inkw'],
      creator: { username: 'Ann' },
      model: { type: 'LoCon', allowNoCredit: false, allowCommercialUse: [] },
    });
    expect(answer.location).toEqual({ root: 'loras-0', path: 'a/Ink Wash.safetensors', also_at: [] });
    const { root, path: below } = answer.location;
    expect(await library.loras.getModelMetadata({ file_path: `${root}:${below}` })).toEqual(answer);
  });

  it('R-W2: metadata answers for models of the library only and changes nothing', async () => {
    const { library, folder, request } = await openLibrary({
      ...models,
      'outside/x.safetensors': '',
      'outside/x.metadata.json': sidecar(),
    });
    await library.ready;
    const before = await library.loras.getModels();
    for (const path of [
      join(folder, 'outside/x.safetensors'),
      join(folder, 'loras/../outside/x.safetensors'),
      '/etc/passwd',
    ]) {
      const response = await request(`/api/lm/loras/metadata?file_path=${encodeURIComponent(path)}`);
      expect([path, response.status]).toEqual([path, 404]);
    }
    expect(await library.loras.getModels()).toEqual(before);
  });

  it('R-W17: two models of one stem: the sidecar answers for the one that it describes', async () => {
    const { library, folder } = await openLibrary({
      'checkpoints/x.ckpt': 'pickle',
      'checkpoints/x.safetensors': safetensors(),
      'checkpoints/x.metadata.json': sidecar({ file_path: '/old/x.safetensors', civitai: { id: 9 } }),
    });
    await library.ready;
    const ask = (name: string): Promise<unknown> =>
      library.checkpoints.getModelMetadata({ file_path: join(folder, 'checkpoints', name) });
    expect(await ask('x.safetensors')).toMatchObject({ metadata: { id: 9 } });
    await expect(ask('x.ckpt')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a model that only another tool described answers metadata as it lists it', async () => {
    const info = {
      id: 31,
      modelId: 30,
      name: 'v3',
      model: { name: 'Info', type: 'LORA' },
      files: [{ primary: true, sizeKB: 1, hashes: {} }],
    };
    const { library, folder } = await openLibrary({
      'loras/i.safetensors': safetensors(),
      'loras/i.civitai.info': JSON.stringify(info),
    });
    await library.ready;
    const { items } = await library.loras.getModels();
    expect(items[0]).toMatchObject({ model_name: 'Info', civitai: { id: 31, modelId: 30 } });
    const answer = await library.loras.getModelMetadata({ file_path: join(folder, 'loras/i.safetensors') });
    expect(answer.metadata).toMatchObject({ id: 31, modelId: 30, name: 'v3' });
  });

  it('an excluded model is not listed, but answers by path and by address', async () => {
    const { library, folder } = await openLibrary({
      'loras/out.safetensors': safetensors(),
      'loras/out.metadata.json': sidecar({ exclude: true, civitai: { id: 4 } }),
    });
    await library.ready;
    expect((await library.loras.getModels()).total).toBe(0);
    for (const file_path of [join(folder, 'loras/out.safetensors'), 'loras-0:out.safetensors']) {
      expect(await library.loras.getModelMetadata({ file_path })).toMatchObject({
        metadata: { id: 4 },
        location: { root: 'loras-0', path: 'out.safetensors' },
      });
    }
  });

  it('preview-url: by name, by folder and name, and none', async () => {
    const { library } = await openLibrary(models);
    await library.ready;
    const { items } = await library.loras.getModels({ search: 'ink' });
    const urls = await Promise.all(
      ['Ink Wash', 'a/Ink Wash.safetensors', 'a\\Ink Wash', 'z/Ink Wash', 'nothing'].map(
        async (name) => (await library.loras.getModelPreviewUrl({ name })).preview_url,
      ),
    );
    const url = items[0]?.preview_url;
    expect(urls).toEqual([url, url, url, url, '/loras_static/images/no-preview.png']);
    expect(await library.loras.getModelPreviewUrl({ name: 'Ink Wash', license_flags: 'yes' })).toMatchObject({
      license_flags: 96,
      use_new_license_icons: true,
    });
  });

  it('every route of the common list answers 503 until a service is attached, then without being bound again', async () => {
    const { library, request } = await openLibrary(models, {
      pages: { renderModelPage: () => Promise.resolve('<p>'), renderStatisticsPage: () => Promise.resolve('<p>') },
    });
    const bindings = [...library.bindings];
    const ask = bindings.filter(({ definition }) => definition.reply !== 'events');
    const early = await Promise.all(
      ask.map(async (binding) => {
        const response = await request(binding.path, { method: binding.methods[0] ?? 'GET' });
        const { always = false } = binding.definition;
        return { path: binding.path, status: response.status, always, body: always ? null : await response.json() };
      }),
    );
    for (const { path, status, always, body } of early) {
      if (always)
        expect([path, status]).toEqual([path, path === '/api/lm/settings' ? expect.toBeOneOf([200, 400]) : 200]);
      else expect([path, status, body]).toEqual([path, 503, { success: false, error: 'Service not ready' }]);
    }
    expect(early.filter(({ always }) => always)).toHaveLength(5);
    await library.ready;
    expect((await request('/loras')).status).toBe(200);
    expect((await request('/api/lm/checkpoints/list')).status).toBe(200);
    expect(library.bindings).toEqual(bindings);
  });

  it('with a cold catalog the page renders with is_initializing true and no folders, afterwards with false and them', async () => {
    const rendered: unknown[] = [];
    const { library, request } = await openLibrary(models, {
      pages: {
        renderModelPage: ({ is_initializing, folders, prefix, base_path }) => {
          rendered.push([prefix, is_initializing, [...folders], base_path]);
          return Promise.resolve('<!doctype html>');
        },
        renderStatisticsPage: () => Promise.resolve(''),
      },
    });
    await library.attached;
    await request('/loras');
    await library.ready;
    const page = await request('/loras');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(rendered).toEqual([
      ['loras', true, [], ''],
      ['loras', false, ['', 'a', 'b'], ''],
    ]);
  });

  it('pages are bound only when there is a renderer, so that a host keeps its own /loras', async () => {
    const { library } = await openLibrary({});
    expect(library.match('GET', '/loras')).toBeUndefined();
  });

  it('R-W38: a scan notices added, replaced, edited and removed files', async () => {
    const { library, folder } = await openLibrary(models);
    await library.ready;
    await writeFiles(folder, {
      // Other bytes than those of the file that goes: those would be that file, moved.
      'loras/new.safetensors': safetensors({ made: 'anew' }),
      'loras/top.safetensors': safetensors({}, 64),
      'loras/a/Ink Wash.metadata.json': sidecar({ model_name: 'Renamed' }),
    });
    await rm(join(folder, 'loras/b/other.safetensors'));
    const answer = await library.loras.scanModels();
    expect(answer).toMatchObject({ success: true, status: 'success', message: 'Lora scan completed' });
    const { items } = await library.loras.getModels();
    const seen = items.map(({ file_name, model_name, file_size }) => [file_name, model_name, file_size]);
    const small = safetensors().length;
    expect(seen).toEqual([
      ['new', 'new', safetensors({ made: 'anew' }).length],
      ['Ink Wash', 'Renamed', small],
      ['top', 'top', safetensors({}, 64).length],
    ]);
    expect((await library.loras.getTopTags()).tags).toEqual([]);
    expect((await library.loras.getFolders()).folders).toEqual(['', 'a']);
  });

  it('R-W16: a preview that appears beside a model with a sidecar is found by the next scan', async () => {
    const { library, folder } = await openLibrary(models);
    await library.ready;
    await writeFile(join(folder, 'loras/b/other.webp'), 'webp');
    await library.loras.scanModels();
    const { items } = await library.loras.getModels({ folder: 'b' });
    expect(items[0]?.preview_url).toContain('other.webp');
  });

  it('scan is reached by GET and POST, refused across sites, and GET can be turned off', async () => {
    const { library, request } = await openLibrary(models);
    await library.ready;
    for (const method of ['GET', 'POST']) expect((await request('/api/lm/loras/scan', { method })).status).toBe(200);
    const foreign = await request('/api/lm/loras/scan', { headers: { 'sec-fetch-site': 'cross-site' } });
    expect([foreign.status, await foreign.json()]).toMatchObject([403, { code: 'cross_site_refused' }]);
    const strict = await openLibrary({}, { legacyGetWrites: false });
    expect(strict.library.match('GET', '/api/lm/loras/scan')).toBeUndefined();
    expect(strict.library.match('POST', '/api/lm/loras/scan')).toBeDefined();
  });

  it('the safe-content setting and the display name come from the settings file', async () => {
    const settings = JSON.stringify({ show_only_sfw: true, model_name_display: 'file_name', later: 1 });
    const first = await openLibrary({ ...models, 'settings.json': settings });
    const { library } = await openLibrary(models, { settingsFile: join(first.folder, 'settings.json') });
    await library.ready;
    const { items } = await library.loras.getModels();
    expect(items.map(({ file_name }) => file_name)).toEqual(['other', 'top']);
  });

  it('without roots, those of the settings file count, and what is no folder is reported', async () => {
    const first = await openLibrary(models);
    const folder = (name: string): string => join(first.folder, name);
    const folders = { loras: [folder('loras')], checkpoints: folder('checkpoints'), embeddings: 7 };
    await writeFile(folder('settings.json'), `\ufeff${JSON.stringify({ folder_paths: folders })}`);
    const warnings: unknown[] = [];
    const ignore = (): void => undefined;
    const library = createModelLibrary({
      settingsFile: folder('settings.json'),
      dataDir: folder('data'),
      logger: { info: ignore, error: ignore, warn: (_message, context) => void warnings.push(context) },
    });
    onTestFinished(() => library.close());
    expect((await library.ready).models).toBe(4);
    expect(warnings).toEqual([expect.objectContaining({ part: 'embeddings' })]);
  });
});
