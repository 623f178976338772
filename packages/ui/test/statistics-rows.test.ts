import { describe, expect, it } from 'vitest';

const { baseModelRows, kindOf, largestRows, usedRows } = await import(
  new URL('../assets/client/statistics-rows.js', import.meta.url).href
);

describe('rows of the statistics', () => {
  it('add base models up over the types and join what is beyond the shown ones', () => {
    const distribution = {
      loras: { 'SDXL 1.0': 5, Pony: 4, 'SD 1.5': 1 },
      checkpoints: { 'SDXL 1.0': 2, 'SD 1.5': 1 },
      vae: { Flux: 1 },
    };
    expect(baseModelRows(distribution, 2, 'rest')).toEqual([
      {
        label: 'SDXL 1.0',
        count: 7,
        parts: [
          { kind: 'kind-loras', value: 5 },
          { kind: 'kind-checkpoints', value: 2 },
        ],
      },
      { label: 'Pony', count: 4, parts: [{ kind: 'kind-loras', value: 4 }] },
      {
        label: 'rest',
        count: 3,
        parts: [
          { kind: 'kind-loras', value: 1 },
          { kind: 'kind-checkpoints', value: 1 },
          { kind: 'kind-other', value: 1 },
        ],
      },
    ]);
    expect(baseModelRows({ loras: { Pony: 1 }, checkpoints: {} }, 2, 'rest')).toHaveLength(1);
    expect(baseModelRows({}, 2, 'rest')).toEqual([]);
  });

  it('join the types of a library, first the largest and the most used', () => {
    const storage = { loras: [{ name: 'a', size: 5 }], checkpoints: [{ name: 'b', size: 9 }], embeddings: [] };
    expect(largestRows(storage, 1)).toEqual([{ name: 'b', size: 9, kind: 'kind-checkpoints' }]);
    const usage = { top_loras: [{ usage_count: 1 }], top_checkpoints: [], top_embeddings: [{ usage_count: 3 }] };
    expect(usedRows(usage, 10)).toEqual([
      { usage_count: 3, kind: 'kind-embeddings' },
      { usage_count: 1, kind: 'kind-loras' },
    ]);
  });

  it('give a type of the host the colour of the others', () => {
    expect([kindOf('loras'), kindOf('vae')]).toEqual(['kind-loras', 'kind-other']);
  });
});
