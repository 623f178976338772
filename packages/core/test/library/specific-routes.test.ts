import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createModelLibrary } from '../../src/index.js';
import { shelf } from './shelf.js';
import { openLibrary, safetensors, temporaryFolder, writeFiles } from './temp-library.js';

async function openShelf() {
  const opened = await openLibrary(shelf);
  await opened.library.ready;
  const get = async (path: string) => {
    const response = await opened.request(`/api/lm/${path}`);
    return [response.status, JSON.parse(await response.text())] as const;
  };
  const post = async (path: string, body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await opened.request(`/api/lm/${path}`, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
    });
    return [response.status, JSON.parse(await response.text())] as const;
  };
  return { ...opened, get, post };
}

describe('the routes of loras', () => {
  it('letter-counts: always 29 keys', async () => {
    const { get } = await openShelf();
    const [status, body] = await get('loras/letter-counts');
    expect([status, body.success, Object.keys(body.letter_counts).length]).toEqual([200, true, 29]);
    expect(body.letter_counts).toMatchObject({ '#': 1, T: 3, C: 1, 漢: 1, A: 0, '@': 0 });
  });

  it('random-sample: as many as asked for, from the pool, with strengths in range', async () => {
    const { post } = await openShelf();
    const [status, body] = await post('loras/random-sample', {});
    expect([status, body.success, body.count, body.loras.length]).toEqual([200, true, 5, 5]);
    for (const lora of body.loras) {
      expect(Object.keys(lora).sort()).toEqual(['active', 'clipStrength', 'expanded', 'locked', 'name', 'strength']);
      expect(lora.strength).toBeGreaterThanOrEqual(0);
      expect(lora.strength).toBeLessThanOrEqual(1);
      expect(lora).toMatchObject({ active: true, expanded: false, locked: false, clipStrength: lora.strength });
    }
    const names = new Set(body.loras.map(({ name }: { name: string }) => name));
    expect(names.size).toBe(5);
    const pool = { folders: { include: ['char'], exclude: [] }, tags: { include: ['STYLE'], exclude: ['ink'] } };
    expect((await post('loras/random-sample', { count: 9, pool_config: pool }))[1]).toMatchObject({
      count: 1,
      loras: [{ name: 'char/sub/beta' }],
    });
  });

  it('random-sample: locked loras come back unchanged, at most as many as asked for, and are not drawn again', async () => {
    const { post } = await openShelf();
    const locked = [{ name: 'alpha', strength: '0.3', own: { kept: true } }, { name: 'nobody' }];
    const [, body] = await post('loras/random-sample', { count: 100, locked_loras: locked });
    expect(body.loras.slice(-2)).toEqual(locked);
    expect(body.loras.filter(({ name }: { name: string }) => name === 'alpha')).toHaveLength(1);
    expect(body.count).toBe(7);
    expect((await post('loras/random-sample', { count: 1, locked_loras: locked }))[1].loras).toEqual([locked[0]]);
  });

  it('R-W18: recommended strengths are read under both spellings of the clip strength', async () => {
    const { post } = await openShelf();
    const recommended = (folder: string) =>
      post('loras/random-sample', {
        pool_config: { folders: { include: [folder] }, namePatterns: { include: ['alpha', 'beta'] } },
        use_recommended_strength: true,
        use_same_clip_strength: false,
        recommended_strength_scale_min: 1,
        recommended_strength_scale_max: 1,
      });
    expect((await recommended('char/sub'))[1].loras).toEqual([
      { name: 'char/sub/beta', strength: 1, clipStrength: 0.2, active: true, expanded: true, locked: false },
    ]);
    const both: { name: string; strength: number; clipStrength: number }[] = (await recommended('char'))[1].loras;
    expect(both.find(({ name }) => name === 'char/alpha')).toMatchObject({ strength: 0.8, clipStrength: 0.4 });
  });

  it('random-sample: refuses what cannot be meant, in the words of the wire format', async () => {
    const { post } = await openShelf();
    for (const [body, error] of [
      [{ count: 0 }, 'Count must be between 1 and 100'],
      [{ count: 101 }, 'Count must be between 1 and 100'],
      [{ count_min: 0, count_max: 3 }, 'Count must be between 1 and 100'],
      [{ model_strength_min: -11 }, 'Model strength must be between -10 and 10'],
      [{ clip_strength_max: 10.5 }, 'Clip strength must be between -10 and 10'],
      [{ model_strength_max: 'much' }, 'model_strength_max: expected a number'],
      [{ recommended_strength_scale_min: [] }, 'recommended_strength_scale_min: expected a number'],
      [{ count: 'five' }, 'count: expected a whole number'],
      [[], 'expected an object'],
    ] as const) {
      expect([body, ...(await post('loras/random-sample', body))]).toMatchObject([
        body,
        400,
        { success: false, error, code: 'validation_failed' },
      ]);
    }
    expect(await post('loras/random-sample', '{')).toMatchObject([400, { success: false, code: 'malformed_body' }]);
    expect((await post('loras/cycler-list', '{'))[0]).toBe(400);
    const one = await post('loras/random-sample', {
      count_min: 2,
      count_max: 2,
      model_strength_min: '0.5',
      model_strength_max: 0.5,
    });
    expect(one[1]).toMatchObject({ count: 2, loras: [{ strength: 0.5 }, { strength: 0.5 }] });
  });

  it('cycler-list: the pool, sorted', async () => {
    const { post } = await openShelf();
    const [status, body] = await post('loras/cycler-list', { pool_config: { license: { noCreditRequired: true } } });
    expect([status, body]).toEqual([
      200,
      {
        success: true,
        count: 2,
        loras: [
          { file_name: 'char/alpha', model_name: 'Char Alpha', folder: 'char' },
          { file_name: 'character/delta', model_name: '漢字', folder: 'character' },
        ],
      },
    ]);
    const names = async (sort_by: unknown): Promise<string[]> =>
      (await post('loras/cycler-list', { sort_by }))[1].loras.map(({ file_name }: { file_name: string }) => file_name);
    expect(await names('filename')).toEqual(await names(null));
    expect((await names('model_name'))[0]).toBe('char/sub/beta');
    expect((await names('filename'))[0]).toBe('alpha');
    const selling = await post('loras/cycler-list', { pool_config: { license: { allowSelling: true } } });
    expect(selling[1].loras).toMatchObject([{ file_name: 'char/alpha' }]);
  });

  it('get_trigger_words: every node is told the words of all loras', async () => {
    const { post, library } = await openShelf();
    const told: unknown[] = [];
    library.progress.on('trigger_words', ({ data }) => told.push(data));
    const answer = await post('loras/get_trigger_words', {
      lora_names: ['char/alpha', 'beta', 'nobody'],
      node_ids: [4, '5', { node_id: 6, graph_id: 'g' }, { node_id: 7, graph_id: null }],
    });
    expect(answer).toEqual([200, { success: true }]);
    const message = 'alp,, pha,, bet';
    expect(told).toEqual([
      { type: 'trigger_word_update', id: 4, message },
      { type: 'trigger_word_update', id: '5', message },
      { type: 'trigger_word_update', id: 6, message, graph_id: 'g' },
      { type: 'trigger_word_update', id: 7, message },
    ]);
    expect((await post('loras/get_trigger_words', { node_ids: [{}] }))[0]).toBe(400);
    expect((await post('loras/get_trigger_words', {}))[0]).toBe(200);
  });
});

describe('the routes of checkpoints and embeddings', () => {
  it('info: the entry as the catalog keeps it, by a name with an encoded slash too', async () => {
    const { get, library, folder } = await openShelf();
    for (const name of ['big', 'big.safetensors', 'deep%2Fbig', 'deep%2Fbig.safetensors']) {
      const [status, body] = await get(`checkpoints/info/${name}`);
      expect([name, status]).toEqual([name, 200]);
      expect(body).toMatchObject({
        success: true,
        file_path: join(folder, 'checkpoints/deep/big.safetensors'),
        hash_status: 'completed',
        license_flags: null,
      });
    }
    expect((await library.embeddings.getEmbeddingInfo({ name: 'sub/neg' })).folder).toBe('sub');
    expect(await get('checkpoints/info/nobody')).toMatchObject([
      404,
      { success: false, error: 'Checkpoint not found' },
    ]);
    expect(await get('embeddings/info/nobody')).toMatchObject([404, { success: false, error: 'Embedding not found' }]);
    expect((await get('checkpoints/info/%00'))[0]).toBe(400);
  });

  it('roots and loader-pool: whole checkpoints and diffusion models apart', async () => {
    const folder = await temporaryFolder();
    const files = ['whole/b.ckpt', 'whole/sub/a.safetensors', 'bare/c.gguf'];
    await writeFiles(folder, Object.fromEntries(files.map((name) => [name, safetensors({ name })])));
    const library = createModelLibrary({
      roots: { checkpoints: [join(folder, 'whole')], unet: [join(folder, 'bare')] },
      dataDir: join(folder, 'data'),
    });
    try {
      await library.ready;
      const { checkpoints } = library;
      expect(await checkpoints.getCheckpointsRoots()).toEqual({ success: true, roots: [join(folder, 'whole')] });
      expect(await checkpoints.getUnetRoots()).toEqual({ success: true, roots: [join(folder, 'bare')] });
      expect((await checkpoints.getModelRoots()).roots).toHaveLength(2);
      const base_model = 'Unknown';
      expect(await checkpoints.getLoaderPool()).toEqual({
        success: true,
        items: [
          { name: 'b.ckpt', base_model },
          { name: join('sub', 'a.safetensors'), base_model },
        ],
      });
      expect((await checkpoints.getLoaderPool({ sub_type: 'diffusion_model' })).items).toEqual([
        { name: 'c.gguf', base_model },
      ]);
    } finally {
      await library.close();
    }
    const { get } = await openShelf();
    expect(await get('checkpoints/loader-pool?sub_type=lora')).toMatchObject([
      400,
      { success: false, error: 'sub_type: invalid sub_type' },
    ]);
  });

  it('belong to their type only', async () => {
    const { get, library } = await openShelf();
    expect((await get('checkpoints/letter-counts').catch(() => [404]))[0]).toBe(404);
    expect(library.match('GET', '/api/lm/loras/info/x')).toBeUndefined();
    expect('getLetterCounts' in library.model('checkpoints')).toBe(false);
  });
});
