import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createModelLibrary, type ModelLibraryOptions } from '../../src/index.js';
import { shelf } from './shelf.js';
import { openLibrary, safetensors, sidecar, temporaryFolder, writeFiles } from './temp-library.js';

async function openShelf(options?: ModelLibraryOptions) {
  const opened = await openLibrary(shelf, options);
  await opened.library.ready;
  const ask = async (path: string, init?: RequestInit) => {
    const response = await opened.request(`/api/lm/${path}`, init);
    return [response.status, JSON.parse(await response.text())] as const;
  };
  return { ...opened, ask };
}

type Ask = Awaited<ReturnType<typeof openShelf>>['ask'];

const stemsOf = (items: readonly { file_name: string }[]): string[] => items.map(({ file_name }) => file_name);

describe('excluded', () => {
  it('lists what its own sidecar leaves out, searched, sorted and paged, and nothing else has an effect', async () => {
    const { ask } = await openShelf();
    const [status, body] = await ask('loras/excluded?page_size=500&base_model=none&tag=none');
    expect([status, body]).toMatchObject([200, { success: true, total: 1, page: 1, page_size: 100, total_pages: 1 }]);
    expect(body.items).toMatchObject([{ file_name: 'hidden', exclude: true, civitai: { id: 91, modelId: 9 } }]);
    expect((await ask('loras/excluded?search=hid'))[1].total).toBe(1);
    expect((await ask('loras/excluded?search=nothing'))[1].total).toBe(0);
    expect((await ask('loras/excluded?page=2'))[1].items).toEqual([]);
    expect((await ask('loras/excluded?page=x'))[0]).toBe(400);
    expect((await ask('embeddings/excluded'))[1]).toMatchObject({ total: 0, items: [] });
  });

  it('R-W7: looking at excluded models changes nothing, also when a sidecar or a drive is away', async () => {
    const { ask, folder, library } = await openShelf();
    const before = await ask('loras/excluded');
    expect(before[1].total).toBe(1);
    await writeFile(join(folder, 'loras/out/hidden.metadata.json'), 'torn');
    await rm(join(folder, 'loras/out/hidden.safetensors'));
    expect(await ask('loras/excluded')).toEqual(before);
    expect(await ask('loras/excluded')).toEqual(before);
    expect((await library.loras.getModels({ page_size: 100 })).items.some(({ exclude }) => exclude)).toBe(false);
  });
});

describe('tags, base models, types, letters', () => {
  it('are counted, most used first', async () => {
    const { ask } = await openShelf();
    expect((await ask('loras/search-tags?q=%20STY'))[1]).toEqual({
      success: true,
      tags: [
        { tag: 'Style', count: 1 },
        { tag: 'style', count: 1 },
      ],
    });
    expect((await ask('loras/search-tags?q=nothing'))[1].tags).toEqual([]);
    expect((await ask('loras/search-tags'))[1]).toEqual((await ask('loras/top-tags'))[1]);
    const [, types] = await ask('loras/model-types');
    expect(types).toEqual({
      success: true,
      model_types: [
        { type: 'lora', count: 4 },
        { type: 'locon', count: 1 },
        { type: 'dora', count: 1 },
      ],
    });
    expect((await ask('checkpoints/model-types'))[1].model_types).toEqual([{ type: 'checkpoint', count: 1 }]);
    expect((await ask('embeddings/model-types'))[1].model_types).toEqual([{ type: 'embedding', count: 2 }]);
  });

  it('count only the sub-types that belong to the type; embeddings have any', async () => {
    const odd = { 'odd.metadata.json': sidecar({ sub_type: 'Odd', sha256: '0'.repeat(64) }) };
    const { library } = await openLibrary({
      'loras/odd.safetensors': safetensors(),
      'loras/odd.metadata.json': odd['odd.metadata.json'],
      'embeddings/odd.safetensors': safetensors(),
      'embeddings/odd.metadata.json': odd['odd.metadata.json'],
    });
    await library.ready;
    expect((await library.loras.getModelTypes()).model_types).toEqual([]);
    expect((await library.embeddings.getModelTypes()).model_types).toEqual([{ type: 'odd', count: 1 }]);
  });
});

describe('folder trees', () => {
  it('R-W12: the tree of a root has the folders of that root only', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, { 'a/x/1.safetensors': safetensors(), 'b/y/z/2.safetensors': safetensors() });
    const library = createModelLibrary({
      roots: { loras: [join(folder, 'a'), join(folder, 'b')] },
      dataDir: join(folder, 'data'),
    });
    try {
      await library.ready;
      const treeOf = async (model_root: string) => (await library.loras.getFolderTree({ model_root })).tree;
      expect(await treeOf(join(folder, 'a'))).toEqual({ x: {} });
      expect(await treeOf(`${join(folder, 'b')}/`)).toEqual({ y: { z: {} } });
      expect(await treeOf('loras-1')).toEqual({ y: { z: {} } });
      expect(await treeOf(folder)).toEqual({});
      expect((await library.loras.getUnifiedFolderTree()).tree).toEqual({ x: {}, y: { z: {} } });
    } finally {
      await library.close();
    }
  });
});

describe('duplicates and conflicts', () => {
  const duplicates = async (ask: Ask, search = ''): Promise<{ count: number }> => {
    await vi.waitFor(async () => expect((await ask('loras/find-duplicates'))[1].count).toBe(1), 5000);
    return (await ask(`loras/find-duplicates?${search}`))[1];
  };

  it('are files with one content, the likely original first, and models with one file name', async () => {
    const { ask } = await openShelf();
    const found = await duplicates(ask);
    expect(found).toMatchObject({
      success: true,
      count: 1,
      duplicates: [
        { hash: expect.stringMatching(/^[0-9a-f]{64}$/), models: [{ file_name: 'twin' }, { file_name: 'twin (1)' }] },
      ],
    });
    const [, conflicts] = await ask('loras/find-filename-conflicts');
    expect(conflicts).toMatchObject({ success: true, count: 1, conflicts: [{ filename: 'alpha' }] });
    expect(stemsOf(conflicts.conflicts[0].models)).toEqual(['alpha', 'alpha']);
  });

  it('R-W13: duplicates are narrowed by the same filters as a list', async () => {
    const { ask } = await openShelf();
    expect((await duplicates(ask, 'model_type=LORA')).count).toBe(1);
    expect((await duplicates(ask, 'model_type=locon')).count).toBe(0);
    expect((await duplicates(ask, 'folder=twins')).count).toBe(1);
    expect((await duplicates(ask, 'folder=twin')).count).toBe(0);
    expect((await duplicates(ask, 'tag_include=__no_tags__')).count).toBe(1);
    expect((await duplicates(ask, 'tag_include=STYLE')).count).toBe(0);
    expect((await duplicates(ask, 'favorites_only=true')).count).toBe(0);
    expect((await duplicates(ask, 'folder_exclude=twins')).count).toBe(0);
    expect((await ask('loras/find-duplicates?license_include=free'))[0]).toBe(400);
  });

  it('are no conflicts where the host names loras by their whole path', async () => {
    const settingsFile = join(await temporaryFolder(), 'settings.json');
    await writeFile(settingsFile, JSON.stringify({ lora_syntax_format: 'full' }));
    const { ask } = await openShelf({ settingsFile });
    for (const prefix of ['loras', 'embeddings']) {
      expect((await ask(`${prefix}/find-filename-conflicts`))[1]).toEqual({ success: true, conflicts: [], count: 0 });
    }
  });
});

describe('one model', () => {
  it('get-notes: the notes and where the model lies, else 404', async () => {
    const { ask, folder } = await openShelf();
    expect(await ask('loras/get-notes?name=alpha')).toEqual([
      200,
      { success: true, notes: 'top notes', file_path: join(folder, 'loras/alpha.safetensors') },
    ]);
    expect((await ask('loras/get-notes?name=char%5Calpha.safetensors'))[1].notes).toBe('char notes');
    expect(await ask('loras/get-notes?name=nobody')).toMatchObject([
      404,
      { success: false, error: 'Lora not found in cache', code: 'not_found' },
    ]);
    expect((await ask('loras/get-notes'))[0]).toBe(400);
    expect((await ask('loras/get-notes?name='))[0]).toBe(400);
  });

  it('R-W29: notes, trigger words and usage tips: the exact place, then the only model of that name, never a part', async () => {
    const { ask } = await openShelf();
    const notes = async (name: string) => (await ask(`loras/get-notes?name=${encodeURIComponent(name)}`))[1].notes;
    const words = async (name: string) =>
      (await ask(`loras/get-trigger-words?name=${encodeURIComponent(name)}`))[1].trigger_words;
    const tips = async (path: string) =>
      (await ask(`loras/usage-tips-by-path?relative_path=${encodeURIComponent(path)}`))[1].usage_tips;
    expect([await notes('char/alpha'), await notes('alpha')]).toEqual(['char notes', 'top notes']);
    expect(await notes('elsewhere/alpha')).toBeUndefined();
    expect(await words('beta')).toEqual(['bet']);
    expect(await words('elsewhere/beta')).toEqual(['bet']);
    expect(await words('a')).toEqual([]);
    expect(await words('alpha')).toEqual([]);
    expect(await tips('char/alpha.safetensors')).toBe('{"strength":0.8,"clip_strength":0.4}');
    expect(await tips('char\\alpha')).toBe('{"strength":0.8,"clip_strength":0.4}');
    expect([await tips('s'), await tips('lpha'), await tips('har/alpha')]).toEqual(['', '', '']);
  });

  it('R-W14: civitai-url: the remote page, and 404 for a model that only we have', async () => {
    const settingsFile = join(await temporaryFolder(), 'settings.json');
    await writeFile(settingsFile, JSON.stringify({ civitai_host: 'civitai.green' }));
    const { ask } = await openShelf({ settingsFile });
    expect(await ask('loras/civitai-url?name=char/alpha')).toEqual([
      200,
      {
        success: true,
        civitai_url: 'https://civitai.green/models/7?modelVersionId=71',
        model_id: '7',
        version_id: '71',
      },
    ]);
    for (const name of ['twin', 'nobody']) {
      expect(await ask(`loras/civitai-url?name=${name}`)).toMatchObject([
        404,
        { success: false, error: 'No Civitai data found for the specified lora', code: 'not_found' },
      ]);
    }
    expect((await ask('loras/civitai-url'))[0]).toBe(400);
  });

  it('metadata tells which file said so, and model-description what it says of the model', async () => {
    const files = [{ primary: true, sizeKB: 1, hashes: {} }];
    const info = { id: 31, modelId: 30, name: 'v3', model: { name: 'Info', type: 'LORA' }, files };
    const { library, request, folder } = await openLibrary({
      ...shelf,
      'loras/info.safetensors': safetensors(),
      'loras/info.civitai.info': JSON.stringify(info),
    });
    await library.ready;
    const at = (name: string): { file_path: string } => ({ file_path: join(folder, 'loras', name) });
    expect(await library.loras.getModelMetadata(at('char/alpha.safetensors'))).toMatchObject({
      success: true,
      source: 'sidecar',
      metadata: { id: 71, modelId: 7 },
    });
    expect(await library.loras.getModelMetadata(at('info.safetensors'))).toMatchObject({ source: 'civitai_info' });
    expect(await library.loras.getModelDescription(at('char/alpha.safetensors'))).toEqual({
      success: true,
      description: '<p>A character.</p>',
    });
    expect((await library.loras.getModelDescription(at('out/hidden.safetensors'))).description).toBe('');
    await expect(library.loras.getModelDescription(at('twins/twin.safetensors'))).rejects.toMatchObject({
      code: 'not_found',
      message: 'Lora not found or no description available',
    });
    const outside = encodeURIComponent(join(folder, 'data/x.safetensors'));
    expect((await request(`/api/lm/loras/model-description?file_path=${outside}`)).status).toBe(404);
    expect((await request('/api/lm/loras/model-description')).status).toBe(400);
  });
});

describe('relative-paths', () => {
  it('hold every word, page by page, and are filtered only when a filter is given', async () => {
    const settingsFile = join(await temporaryFolder(), 'settings.json');
    await writeFile(settingsFile, JSON.stringify({ show_only_sfw: true }));
    const { ask } = await openShelf({ settingsFile });
    const paths = async (search: string): Promise<string[]> =>
      (await ask(`loras/relative-paths?${search}`))[1].relative_paths;
    expect(await paths('search=ALPHA')).toEqual(['alpha.safetensors', 'char/alpha.safetensors']);
    expect(await paths('search=alpha%20-char')).toEqual(['alpha.safetensors']);
    expect(await paths('search=beta')).toEqual(['char/sub/beta.safetensors']);
    expect(await paths('search=beta&recursive=true')).toEqual([]);
    expect(await paths('search=beta&tag_include=style')).toEqual([]);
    expect(await paths('search=a&folder=char')).toEqual(['char/alpha.safetensors']);
    expect(await paths('limit=2')).toHaveLength(2);
    expect(await paths('limit=-1')).toHaveLength(1);
    expect(await paths('limit=2&offset=4')).toHaveLength(2);
    expect(await paths('limit=2&offset=-4')).toEqual(await paths('limit=2'));
    expect((await ask('loras/relative-paths?limit=x'))[0]).toBe(400);
  });
});

describe('scan and cancel-task', () => {
  it('cancel-task ends the scan of this moment, which says so; without one it says the same', async () => {
    const { ask, library, request, folder } = await openShelf();
    expect(await ask('loras/cancel-task', { method: 'POST' })).toEqual([
      200,
      { success: true, status: 'success', message: 'Cancellation requested' },
    ]);
    expect((await request('/api/lm/loras/cancel-task')).status).toBe(404);
    const many = Array.from(
      { length: 400 },
      (_, at) => [`loras/many/${String(at)}.safetensors`, safetensors()] as const,
    );
    await mkdir(join(folder, 'loras/many'));
    await writeFiles(folder, Object.fromEntries(many));
    const scanning = ask('loras/scan?full_rebuild=true');
    await library.loras.cancelTask();
    const [status, body] = await scanning;
    expect([status, body.success]).toEqual([200, true]);
    expect(['cancelled', 'success']).toContain(body.status);
    if (body.status === 'cancelled') expect(body.message).toBe('Lora scan cancelled');
    expect(await ask('loras/scan')).toMatchObject([200, { success: true, status: 'success', issues: [] }]);
    expect((await library.loras.getModels()).total).toBe(406);
  });
});
