import { describe, expect, it } from 'vitest';
import { openLibrary, safetensors, sidecar, temporaryFolder } from './temp-library.js';

const size = safetensors().length;
const [inkSha, bigSha] = ['1a'.repeat(32), '2b'.repeat(32)];

const models = {
  'loras/style/ink.safetensors': safetensors(),
  'loras/style/ink.metadata.json': sidecar({ model_name: 'Ink', sha256: inkSha, size: 5, tags: ['style', 'ink'] }),
  'loras/style/ink.png': Buffer.from('png'),
  'loras/plain.safetensors': safetensors(),
  'loras/plain.metadata.json': sidecar({ model_name: 'Plain', sha256: '3c'.repeat(32), size: 7, base_model: 'Pony' }),
  'checkpoints/big.safetensors': safetensors(),
  'checkpoints/big.metadata.json': sidecar({ model_name: 'Big', sha256: bigSha, size: 100, tags: ['style'] }),
};

async function openCounted(options: Parameters<typeof openLibrary>[1] = {}) {
  const opened = await openLibrary(models, options);
  await opened.library.ready;
  const get = async (route: string) => JSON.parse(await (await opened.request(`/api/lm/stats/${route}`)).text());
  const use = (body: unknown) =>
    opened.request('/api/lm/stats/usage', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  return { ...opened, get, use };
}

describe('statistics over HTTP', () => {
  it('answer the wire format of a library that was used', async () => {
    const { get, use, folder } = await openCounted();
    const used = await use({ loras: [inkSha, 'style/ink', 'nobody'], checkpoints: ['big.safetensors'], executions: 3 });
    expect([used.status, await used.json()]).toEqual([200, { success: true, recorded: 2, unknown: ['nobody'] }]);

    expect(await get('collection-overview')).toEqual({
      success: true,
      data: {
        total_models: 3,
        lora_count: 2,
        checkpoint_count: 1,
        embedding_count: 0,
        total_size: 3 * size,
        lora_size: 2 * size,
        checkpoint_size: size,
        embedding_size: 0,
        total_generations: 3,
        unused_loras: 1,
        unused_checkpoints: 0,
        unused_embeddings: 0,
        model_types_distribution: { lora: 2, checkpoint: 1 },
      },
    });
    const ink = {
      name: 'Ink',
      usage_count: 1,
      base_model: 'SDXL 1.0',
      preview_url: `/api/lm/previews?path=${encodeURIComponent(`${folder.replaceAll('\\', '/')}/loras/style/ink.png`)}`,
      folder: 'style',
    };
    const plain = { name: 'Plain', usage_count: 0, base_model: 'Pony', preview_url: '', folder: '' };
    expect(await get('model-usage-list?type=lora&limit=10')).toEqual({
      success: true,
      data: { items: [ink, plain], total: 2, type: 'lora' },
    });
    const { data: usage } = await get('usage-analytics');
    expect(usage).toMatchObject({ top_loras: [ink], top_embeddings: [], total_executions: 3 });
    expect(usage.usage_timeline).toHaveLength(30);
    expect(usage.usage_timeline.at(-1)).toMatchObject({ lora_usage: 1, checkpoint_usage: 1, total_usage: 2 });
    expect(await get('base-model-distribution')).toEqual({
      success: true,
      data: { loras: { 'SDXL 1.0': 1, Pony: 1 }, checkpoints: { 'SDXL 1.0': 1 }, embeddings: {} },
    });
    expect((await get('tag-analytics')).data).toEqual({
      top_tags: [
        { tag: 'style', count: 2 },
        { tag: 'ink', count: 1 },
      ],
      total_unique_tags: 2,
    });
    expect((await get('storage-analytics')).data.checkpoints).toEqual([
      { name: 'Big', size, usage_count: 1, folder: '', base_model: 'SDXL 1.0' },
    ]);
    expect(await get('insights')).toEqual({ success: true, data: { insights: [] } });
  });

  it('refuse what cannot be meant', async () => {
    const { request, use } = await openCounted();
    const list = '/api/lm/stats/model-usage-list';
    const wrong = await request(`${list}?type=vae`);
    expect([wrong.status, await wrong.json()]).toMatchObject([
      400,
      { success: false, error: 'Invalid model type: vae' },
    ]);
    expect((await request(`${list}?limit=ten`)).status).toBe(400);
    expect((await request(`${list}?offset=1.5`)).status).toBe(400);
    expect((await request(`${list}?limit=-1&offset=-1`)).status).toBe(200);
    expect((await use({ loras: 'ink' })).status).toBe(400);
    // Nothing of ours answers it: a host may.
    expect((await request('/api/lm/stats/usage')).status).toBe(404);
  });

  it('keep counts over a restart', async () => {
    const dataDir = await temporaryFolder();
    const first = await openCounted({ dataDir });
    await first.use({ loras: [inkSha], executions: 2 });
    await first.library.close();
    const second = await openCounted({ dataDir });
    expect((await second.get('collection-overview')).data).toMatchObject({ total_generations: 2, unused_loras: 1 });
  });

  it('have a page only when pages are given', async () => {
    const pages = {
      renderModelPage: () => Promise.resolve(''),
      renderStatisticsPage: ({ is_initializing }: { is_initializing: boolean }) =>
        Promise.resolve(`<p>initializing: ${String(is_initializing)}`),
    };
    const { request } = await openCounted({ pages });
    const page = await request('/statistics');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toBe('<p>initializing: false');
    expect((await (await openCounted()).request('/statistics')).status).toBe(404);
  });

  it('answer the same in process', async () => {
    const { library, get } = await openCounted();
    expect(await library.getCollectionOverview()).toEqual(await get('collection-overview'));
    expect(await library.recordUsage({ loras: ['Plain', 'plain'] })).toEqual({
      success: true,
      recorded: 1,
      unknown: ['Plain'],
    });
  });
});
