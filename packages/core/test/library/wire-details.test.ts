import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

const hash = (digit: string): string => digit.repeat(64);
const twins = safetensors({ twin: 'yes' });

/** Models whose names and sidecars are the awkward ones. */
const files = {
  'loras/ink.safetensors': safetensors({ at: 'top' }),
  'loras/ink.metadata.json': sidecar({ sha256: hash('1'), notes: 'top' }),
  'loras/a/ink.safetensors': safetensors({ at: 'a' }),
  'loras/a/ink.metadata.json': sidecar({ sha256: hash('2'), notes: 'a', civitai: { id: 21, modelId: 2 } }),
  'loras/a/b/ink.safetensors': safetensors({ at: 'ab' }),
  'loras/a/b/ink.metadata.json': sidecar({
    sha256: hash('3'),
    notes: 'ab',
    tags: ['style'],
    usage_tips: '{"strength":1e308}',
    civitai: { id: 31, modelId: 3, model: { type: 'LORA', allowNoCredit: false, allowCommercialUse: [] } },
  }),
  'loras/v1.pt.safetensors': safetensors({ at: 'v1' }),
  'loras/v1.pt.metadata.json': sidecar({ sha256: hash('4'), civitai: { id: 41, modelId: 4 } }),
  'loras/twins/one.safetensors': twins,
  'loras/twins/one.metadata.json': sidecar({ sha256: '', tags: ['style', 'ink'] }),
  'loras/twins/two.safetensors': twins,
  'loras/twins/two.metadata.json': sidecar({ sha256: '', tags: ['style'] }),
  'loras/out/z.safetensors': safetensors({ at: 'z' }),
  'loras/out/z.metadata.json': sidecar({ model_name: 'B', sha256: hash('5'), exclude: true, size: 9 }),
  'loras/out/y.safetensors': safetensors({ at: 'y', padding: 'longer' }),
  'loras/out/y.metadata.json': sidecar({ model_name: 'C', sha256: hash('6'), exclude: true, size: 8 }),
  'loras/out/x.safetensors': safetensors({ at: 'x' }),
  'loras/out/x.metadata.json': sidecar({
    model_name: 'A',
    sha256: hash('7'),
    exclude: true,
    civitai: { id: 1, modelId: 1 },
  }),
  'checkpoints/deep/big.gguf': 'weights',
  'checkpoints/deep/big.metadata.json': sidecar({ sha256: hash('8'), notes: 'big', tags: ['own'], size: 7 }),
  'checkpoints/deep/big.safetensors.gguf': 'others',
};

async function open() {
  const opened = await openLibrary(files);
  await opened.library.ready;
  return opened;
}

describe('relative-paths', () => {
  it('a three-valued filter that says false is a filter', async () => {
    const { library } = await open();
    const paths = async (input: object): Promise<readonly string[]> =>
      (await library.loras.getRelativePaths({ search: 'b/ink', ...input })).relative_paths;
    expect(await paths({})).toEqual(['a/b/ink.safetensors']);
    expect(await paths({ credit_required: 'false' })).toEqual([]);
    expect(await paths({ credit_required: 'true' })).toEqual(['a/b/ink.safetensors']);
    expect(await paths({ allow_selling_generated_content: '' })).toEqual(['a/b/ink.safetensors']);
    expect((await library.loras.getRelativePaths({ allow_selling_generated_content: false })).relative_paths).toEqual([
      'a/b/ink.safetensors',
    ]);
  });
});

describe('excluded', () => {
  it('is sorted by name where it is asked for anything that it cannot be sorted by', async () => {
    const { library } = await open();
    const names = async (sort_by: string): Promise<string[]> =>
      (await library.loras.getExcludedModels({ sort_by })).items.map(({ model_name }) => model_name);
    for (const key of ['name', 'anything', 'versions_count', '']) {
      expect([key, ...(await names(key))]).toEqual([key, 'A', 'B', 'C']);
      expect([key, ...(await names(`${key}:desc`))]).toEqual([key, 'C', 'B', 'A']);
    }
    expect((await names('size:desc'))[0]).toBe('C');
  });
});

describe('find-duplicates', () => {
  it('wants every one of the tags, unless it is told that any will do', async () => {
    const { library } = await open();
    const count = async (input: object): Promise<number> => (await library.loras.findDuplicateModels(input)).count;
    await vi.waitFor(async () => expect(await count({})).toBe(1), 5000);
    expect(await count({ tag_include: ['style'] })).toBe(1);
    expect(await count({ tag_include: ['style', 'ink'] })).toBe(0);
    expect(await count({ tag_include: ['style', 'ink'], tag_logic: 'any' })).toBe(1);
  });
});

describe('names', () => {
  it('R-W29: a whole path or an address means the model that lies there', async () => {
    const { library, folder } = await open();
    const { loras } = library;
    for (const name of [join(folder, 'loras/a/ink.safetensors'), 'loras-0:a/ink.safetensors']) {
      expect((await loras.getModelNotes({ name })).notes).toBe('a');
      expect((await loras.getModelCivitaiUrl({ name })).model_id).toBe('2');
      expect((await loras.getUsageTipsByPath({ relative_path: name })).success).toBe(true);
    }
    const tips = { relative_path: join(folder, 'loras/a/b/ink.safetensors') };
    expect((await loras.getUsageTipsByPath(tips)).usage_tips).toBe('{"strength":1e308}');
    const away = { name: join(folder, 'elsewhere/ink.safetensors') };
    await expect(loras.getModelNotes(away)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('a stem that ends like an extension, and a file name with any extension, are names too', async () => {
    const { library, folder } = await open();
    expect((await library.loras.getModelCivitaiUrl({ name: 'v1.pt' })).model_id).toBe('4');
    expect((await library.loras.getModelCivitaiUrl({ name: 'v1.pt.safetensors' })).model_id).toBe('4');
    const big = join(folder, 'checkpoints/deep/big.gguf');
    for (const name of ['deep/big.gguf', 'big.gguf', 'deep/big']) {
      expect((await library.checkpoints.getCheckpointInfo({ name })).file_path).toBe(big);
      expect((await library.checkpoints.getModelNotes({ name })).notes).toBe('big');
    }
    await expect(library.checkpoints.getModelNotes({ name: 'big.5' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of several folders that a name begins with, the deepest is the likeliest', async () => {
    const { library } = await open();
    expect((await library.loras.getModelCivitaiUrl({ name: 'a/b/c/ink' })).model_id).toBe('3');
    expect((await library.loras.getModelCivitaiUrl({ name: 'a/c/ink' })).model_id).toBe('2');
  });
});

describe('random-sample', () => {
  it('a recommended strength beyond all numbers is none', async () => {
    const { library } = await open();
    const { loras } = await library.loras.getRandomSample({
      pool_config: { folders: { include: ['a/b'] } },
      use_recommended_strength: true,
      recommended_strength_scale_min: 10,
      recommended_strength_scale_max: 10,
    });
    const [{ strength } = {}] = loras;
    expect(strength).toBeGreaterThanOrEqual(0);
    expect(strength).toBeLessThanOrEqual(1);
  });
});

describe('progress events', () => {
  it('refuse topics that are none, whatever objects inherit', async () => {
    const { request } = await open();
    for (const topic of ['constructor', 'toString', '__proto__', 'nothing']) {
      const { status, body } = await request(`/api/lm/progress/events?topics=${topic}`);
      await body?.cancel();
      expect([topic, status]).toEqual([topic, 400]);
    }
  });
});

describe('statistics', () => {
  it('R-W24: their texts are bounded as all others are', async () => {
    const { request } = await open();
    const list = '/api/lm/stats/model-usage-list';
    for (const search of [`sort=${'a'.repeat(1001)}`, `type=${'a'.repeat(1001)}`]) {
      const answer = await request(`${list}?${search}`);
      expect([search.slice(0, 4), answer.status, (await answer.text()).length < 300]).toEqual([
        search.slice(0, 4),
        400,
        true,
      ]);
    }
    const use = (name: string): Promise<Response> =>
      request('/api/lm/stats/usage', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ loras: [name] }),
      });
    expect((await use('a'.repeat(4097))).status).toBe(400);
    expect((await use('a'.repeat(4096))).status).toBe(200);
  });
});

describe('writing routes', () => {
  it('P-17: each of them is refused to pages of other sites, in every method that it has', async () => {
    const { library, request } = await open();
    const refused: string[] = [];
    for (const { definition, methods, path } of library.bindings) {
      if (definition.effect !== 'write') continue;
      for (const method of methods.includes('GET') ? [...methods, 'HEAD'] : methods) {
        const { status } = await request(path, { method, headers: { 'sec-fetch-site': 'cross-site' } });
        expect([method, path, status]).toEqual([method, path, 403]);
        refused.push(`${method} ${path.replace('/api/lm/', '')}`);
      }
    }
    for (const route of ['GET loras/scan', 'POST embeddings/cancel-task', 'POST loras/get_trigger_words']) {
      expect(refused).toContain(route);
    }
    expect(refused).toContain('POST stats/usage');
  });
});

describe('answers in process', () => {
  it("are the caller's own: changing one changes nothing here", async () => {
    const { library } = await open();
    const questions = [
      () => library.checkpoints.getCheckpointInfo({ name: 'deep/big.gguf' }),
      () => library.loras.getFolderTree({ model_root: 'loras-0' }),
      () => library.loras.getUnifiedFolderTree(),
      () => library.loras.getModels(),
      () => library.loras.getTopTags(),
      () => library.getTagAnalytics(),
      () => library.getStorageAnalytics(),
      () => library.getUsageAnalytics(),
      () => library.checkHealth(),
    ];
    for (const ask of questions) {
      const answer = await ask();
      const before = JSON.stringify(answer);
      spoil(answer);
      expect(JSON.stringify(await ask())).toBe(before);
    }
  });
});

/** Changes and empties everything that hangs on a value. */
function spoil(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const child of Object.values(value)) spoil(child);
  if (Array.isArray(value)) value.length = 0;
  else for (const key of Object.keys(value)) Reflect.set(value, key, 'spoiled');
}
