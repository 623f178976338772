import { describe, expect, it } from 'vitest';
import { makeModel } from '../../catalog/make-model.js';
import { countedLibrary, hostType, sha } from './counted-library.js';

const all = { ascending: false, offset: 0, limit: 50 };

describe('the collection overview', () => {
  it('counts models, bytes and sub-types of the three types, and who was never used', async () => {
    const { statistics, usage } = countedLibrary(
      {
        loras: [
          { file_path: '/m/a.safetensors', size: 5, sha256: sha('a') },
          { file_path: '/m/b.safetensors', size: 7, sha256: sha('b'), sub_type: 'locon' },
          { file_path: '/m/c.safetensors', size: 1, sub_type: 'LoCon' },
        ],
        checkpoints: [{ file_path: '/m/d.ckpt', size: 100, sha256: sha('d') }],
        embeddings: [{ file_path: '/m/e.pt', size: 2, sub_type: 'strange' }],
        vae: [{ file_path: '/m/v.pt', size: 1000 }],
      },
      [hostType],
    );
    usage.add('loras', sha('a'), 3);
    // A digest counts in its own bucket only.
    usage.add('loras', sha('d'), 3);
    usage.executions = 4;

    const overview = await statistics.collectionOverview();
    expect(overview).toEqual({
      total_models: 5,
      lora_count: 3,
      checkpoint_count: 1,
      embedding_count: 1,
      total_size: 115,
      lora_size: 13,
      checkpoint_size: 100,
      embedding_size: 2,
      total_generations: 4,
      unused_loras: 2,
      unused_checkpoints: 1,
      unused_embeddings: 1,
      model_types_distribution: { locon: 2, lora: 1, checkpoint: 1, embedding: 1 },
    });
    expect(Object.keys(overview.model_types_distribution)).toEqual(['locon', 'lora', 'checkpoint', 'embedding']);
  });

  it('of an empty library is all zeros, and so is every other answer', async () => {
    const { statistics } = countedLibrary({});
    const overview = await statistics.collectionOverview();
    expect(overview.model_types_distribution).toEqual({});
    expect(Object.values(overview).filter((value) => typeof value === 'number' && value !== 0)).toEqual([]);
    expect(await statistics.insights()).toEqual([]);
    expect(await statistics.tagAnalytics()).toEqual({ top_tags: [], total_unique_tags: 0 });
    expect(await statistics.storageAnalytics()).toEqual({ loras: [], checkpoints: [], embeddings: [] });
    expect(statistics.baseModelDistribution()).toEqual({ loras: {}, checkpoints: {}, embeddings: {} });
    expect(await statistics.modelUsageList('lora', all)).toEqual({ models: [], total: 0, type: 'lora' });
    const { usage_timeline, ...tops } = await statistics.usageAnalytics();
    expect(tops).toEqual({ top_loras: [], top_checkpoints: [], top_embeddings: [], total_executions: 0 });
    expect(usage_timeline).toHaveLength(30);
  });

  it('follows every change of a catalog and of the usage records', async () => {
    const { statistics, usage, catalogOf } = countedLibrary({
      loras: [{ file_path: '/m/a.safetensors', sha256: sha('a') }],
    });
    expect(await statistics.collectionOverview()).toMatchObject({ lora_count: 1, unused_loras: 1 });
    usage.add('loras', sha('a'), 1);
    expect(await statistics.collectionOverview()).toMatchObject({ lora_count: 1, unused_loras: 0 });
    catalogOf('loras').upsert([makeModel({ file_path: '/m/b.safetensors' }, { root: 'root' })]);
    expect(await statistics.collectionOverview()).toMatchObject({ lora_count: 2, unused_loras: 1 });
    catalogOf('loras').remove(['/m/a.safetensors']);
    expect(await statistics.collectionOverview()).toMatchObject({ lora_count: 1, unused_loras: 1 });
  });
});

describe('the usage list', () => {
  const names = async (order: { ascending: boolean; offset: number; limit: number }) => {
    const { statistics, usage } = countedLibrary({
      loras: [
        { file_path: '/m/1.safetensors', model_name: 'delta', sha256: sha('1') },
        { file_path: '/m/2.safetensors', model_name: 'Charlie', sha256: sha('2') },
        { file_path: '/m/3.safetensors', model_name: 'bravo', sha256: sha('3') },
        { file_path: '/m/4.safetensors', model_name: 'Alpha', sha256: sha('4') },
        { file_path: '/m/5.safetensors', model_name: '', file_name: 'echo', sha256: sha('5') },
      ],
    });
    usage.add('loras', sha('1'), 2);
    usage.add('loras', sha('2'), 9);
    usage.add('loras', sha('3'), 2);
    const { models, total } = await statistics.modelUsageList('lora', order);
    expect(total).toBe(5);
    return models.map(({ entry, usageCount }) => `${entry.model_name || entry.file_name} ${String(usageCount)}`);
  };

  it('breaks ties by lower-cased name ascending in both orders', async () => {
    expect(await names(all)).toEqual(['Charlie 9', 'bravo 2', 'delta 2', 'Alpha 0', 'echo 0']);
    expect(await names({ ...all, ascending: true })).toEqual(['Alpha 0', 'echo 0', 'bravo 2', 'delta 2', 'Charlie 9']);
  });

  it.each([true, false])('has pages that join to the whole list, ascending %s', async (ascending) => {
    const whole = await names({ ...all, ascending });
    for (const limit of [1, 2, 3, 4, 5, 6]) {
      const joined: string[] = [];
      for (let offset = 0; offset < 8; offset += limit) joined.push(...(await names({ ascending, offset, limit })));
      expect(joined).toEqual(whole);
    }
    expect(await names({ ascending, offset: 0, limit: 0 })).toEqual([]);
    expect(await names({ ascending, offset: Number.MAX_SAFE_INTEGER, limit: 50 })).toEqual([]);
  });

  it('exists for types of a host, and for no others', async () => {
    const { statistics } = countedLibrary({ vae: [{ file_path: '/m/v.pt' }] }, [hostType]);
    expect(await statistics.modelUsageList('vae', all)).toMatchObject({ total: 1, type: 'vae' });
    await expect(statistics.modelUsageList('loras', all)).rejects.toMatchObject({
      code: 'validation_failed',
      message: 'Invalid model type: loras',
    });
  });
});

describe('usage analytics', () => {
  it('takes the ten most used digests and leaves out those that no model here has', async () => {
    const loras = Array.from({ length: 12 }, (_, index) => ({
      file_path: `/m/${String(index)}.safetensors`,
      sha256: sha((index + 16).toString(16)),
    }));
    const { statistics, usage } = countedLibrary({ loras });
    loras.forEach(({ sha256 }, index) => usage.add('loras', sha256, index + 1));
    usage.add('loras', sha('ff'), 100);
    const { top_loras } = await statistics.usageAnalytics();
    expect(top_loras.map(({ usageCount }) => usageCount)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4]);
    expect(top_loras[0]?.entry.file_path).toBe('/m/11.safetensors');
  });

  it('shows thirty days, oldest first, over the turn of a month', async () => {
    const { statistics, usage, clock } = countedLibrary({});
    clock.time = new Date(2026, 2, 1, 23, 59).getTime();
    usage.add('loras', sha('a'), 2, '2026-03-01');
    usage.add('checkpoints', sha('b'), 1, '2026-03-01');
    usage.add('embeddings', sha('c'), 4, '2026-01-31');
    // The day before the first that is shown.
    usage.add('loras', sha('a'), 50, '2026-01-30');
    const { usage_timeline } = await statistics.usageAnalytics();
    expect(usage_timeline).toHaveLength(30);
    const day = { lora_usage: 0, checkpoint_usage: 0, embedding_usage: 0, total_usage: 0 };
    expect(usage_timeline[0]).toEqual({ ...day, date: '2026-01-31', embedding_usage: 4, total_usage: 4 });
    expect(usage_timeline[29]).toEqual({
      date: '2026-03-01',
      lora_usage: 2,
      checkpoint_usage: 1,
      embedding_usage: 0,
      total_usage: 3,
    });
    expect(usage_timeline.slice(1, 29).every(({ total_usage }) => total_usage === 0)).toBe(true);
    expect(usage_timeline.map(({ date }) => date)).toEqual([...usage_timeline.map(({ date }) => date)].sort());
  });
});

describe('distributions', () => {
  it('of base models are by prefix, types of a host included, blanks left out', () => {
    const { statistics } = countedLibrary(
      {
        loras: [
          { file_path: '/m/a.safetensors', base_model: 'Pony' },
          { file_path: '/m/b.safetensors', base_model: 'SDXL 1.0' },
          { file_path: '/m/c.safetensors', base_model: 'SDXL 1.0' },
          { file_path: '/m/d.safetensors', base_model: ' ' },
        ],
        vae: [{ file_path: '/m/v.pt', base_model: '__proto__' }],
      },
      [hostType],
    );
    const distribution = statistics.baseModelDistribution();
    expect(Object.keys(distribution)).toEqual(['loras', 'checkpoints', 'embeddings', 'vae']);
    expect(Object.entries(distribution['loras'] ?? {})).toEqual([
      ['SDXL 1.0', 2],
      ['Pony', 1],
    ]);
    expect(Object.entries(distribution['vae'] ?? {})).toEqual([['__proto__', 1]]);
  });

  it('of tags join the three types, case-sensitive, fifty at most', async () => {
    const many = Array.from({ length: 60 }, (_, index) => `tag ${String(index)}`);
    const { statistics } = countedLibrary(
      {
        loras: [
          { file_path: '/m/a.safetensors', tags: ['Style', 'ink'] },
          { file_path: '/m/b.safetensors', tags: ['ink', ...many] },
        ],
        checkpoints: [{ file_path: '/m/c.ckpt', tags: ['style', 'ink'] }],
        embeddings: [{ file_path: '/m/d.pt', tags: ['style'] }],
        vae: [{ file_path: '/m/v.pt', tags: ['only here'] }],
      },
      [hostType],
    );
    const { top_tags, total_unique_tags } = await statistics.tagAnalytics();
    expect(total_unique_tags).toBe(63);
    expect(top_tags).toHaveLength(50);
    expect(top_tags.slice(0, 4)).toEqual([
      { tag: 'ink', count: 3 },
      { tag: 'style', count: 2 },
      { tag: 'Style', count: 1 },
      { tag: 'tag 0', count: 1 },
    ]);
  });

  it('of storage are the twenty largest, ties by name', async () => {
    const loras = Array.from({ length: 25 }, (_, index) => ({
      file_path: `/m/f/${String(index)}.safetensors`,
      folder: 'f',
      model_name: `n${String.fromCharCode(122 - index)}`,
      size: index < 23 ? 7 : 9,
      sha256: sha((index + 16).toString(16)),
    }));
    const { statistics, usage } = countedLibrary({ loras });
    usage.add('loras', loras[24]?.sha256 ?? '', 6);
    const { loras: largest = [], ...others } = await statistics.storageAnalytics();
    expect(others).toEqual({ checkpoints: [], embeddings: [] });
    expect(largest).toHaveLength(20);
    expect(largest.slice(0, 3)).toEqual([
      { name: 'nb', size: 9, usage_count: 6, folder: 'f', base_model: 'SDXL 1.0' },
      { name: 'nc', size: 9, usage_count: 0, folder: 'f', base_model: 'SDXL 1.0' },
      { name: 'nd', size: 7, usage_count: 0, folder: 'f', base_model: 'SDXL 1.0' },
    ]);
  });
});

describe('recording uses', () => {
  const library = () =>
    countedLibrary({
      loras: [
        { file_path: '/m/alpha.safetensors', sha256: sha('aa'), autov3: '0123456789ab' },
        { file_path: '/m/char/alpha.safetensors', folder: 'char', sha256: sha('bb') },
        { file_path: '/m/char/v1.5.safetensors', folder: 'char', sha256: sha('cc') },
        { file_path: '/m/pending.safetensors' },
        { file_path: '/m/x/copy.safetensors', folder: 'x', sha256: sha('dd') },
        { file_path: '/m/y/copy.safetensors', folder: 'y', sha256: sha('dd') },
        { file_path: '/m/x/twin.safetensors', folder: 'x', sha256: sha('e1') },
        { file_path: '/m/y/twin.safetensors', folder: 'y', sha256: sha('e2') },
      ],
      checkpoints: [{ file_path: '/m/big.ckpt', sha256: sha('ff') }],
    });
  const recordLoras = async (...references: string[]) => {
    const { statistics, usage } = library();
    const result = await statistics.recordUse([{ prefix: 'loras', references }], 1);
    return { ...result, digests: [...usage.rows('loras')].map(([sha256]) => sha256.slice(0, 2)) };
  };

  it.each([
    ['SHA-256', sha('bb').toUpperCase(), 'bb'],
    ['AutoV2', sha('bb').slice(0, 10), 'bb'],
    ['AutoV3', '0123456789AB', 'aa'],
    ['path', '/m/char/alpha.safetensors', 'bb'],
    ['address', 'root:char/alpha.safetensors', 'bb'],
    ['relative path', 'char\\alpha.safetensors', 'bb'],
    ['relative path without extension', 'char/alpha', 'bb'],
    ['name at the top before others of the same stem', 'alpha', 'aa'],
    ['name with a dot', 'v1.5', 'cc'],
    ['name of a folder that is not there, when it can be only one', 'elsewhere/v1.5.safetensors', 'cc'],
    ['name of several copies of one file', 'copy', 'dd'],
  ])('finds a model by %s', async (_by, reference, digest) => {
    expect(await recordLoras(reference)).toEqual({ recorded: 1, unknown: [], digests: [digest] });
  });

  it('lists what nobody has, what has no digest yet and what may be one of several', async () => {
    const unknown = ['nobody', sha('99'), '', 'pending', 'twin', 'big', '/etc/passwd'];
    expect(await recordLoras(...unknown)).toEqual({ recorded: 0, unknown, digests: [] });
  });

  it('a model counts once per report, however often and by whatever names it is in it', async () => {
    const names = ['alpha', 'alpha', sha('aa'), '/m/alpha.safetensors'];
    expect(await recordLoras(...names)).toEqual({ recorded: 1, unknown: [], digests: ['aa'] });
  });

  it('counts by type, counts runs, and counts models that are left out of listings', async () => {
    const { statistics, usage, counted } = library();
    counted[0]?.excluded.upsert([makeModel({ file_path: '/m/hidden.safetensors', sha256: sha('77') })]);
    const reported = [
      { prefix: 'loras', references: ['hidden', 'alpha'] },
      { prefix: 'checkpoints', references: ['big.ckpt'] },
      { prefix: 'nothing', references: ['alpha'] },
    ];
    expect(await statistics.recordUse(reported, 5)).toEqual({ recorded: 3, unknown: ['alpha'] });
    expect(usage.countOf('loras', sha('77'))).toBe(1);
    expect(usage.countOf('checkpoints', sha('ff'))).toBe(1);
    expect(usage.executions).toBe(5);
    expect(await statistics.collectionOverview()).toMatchObject({ unused_loras: 7, total_generations: 5 });
  });
});
