import { describe, expect, it } from 'vitest';
import { ModelMetadataReader } from '../../src/services/metadata/model-metadata-reader.js';
import { put, sidecar, tempFolder } from '../disk/temp-library.js';

describe('ModelMetadataReader', () => {
  it('says which file spoke, and answers known members only', async () => {
    const folder = tempFolder();
    const model = { path: put(folder, 'a.ckpt', 'x'), size: 1 };
    const reader = new ModelMetadataReader('Lora');
    put(folder, 'a.swarm.json', '{"modelspec.trigger_phrase": "w", "modelspec.description": "about"}');
    expect(await reader.civitaiOf(model, [])).toEqual({ civitai: { trainedWords: ['w'] }, source: 'swarm' });
    expect(await reader.descriptionOf(model, [])).toBe('about');
    put(folder, 'a.metadata.json', sidecar({ civitai: { id: 1, secret: 2 }, modelDescription: '<p>x</p>' }));
    expect(await reader.civitaiOf(model, [])).toEqual({ civitai: { id: 1 }, source: 'sidecar' });
    expect(await reader.descriptionOf(model, [])).toBe('<p>x</p>');
  });

  it('without a sidecar each question has its own message', async () => {
    const model = { path: put(tempFolder(), 'a.ckpt', 'x'), size: 1 };
    const reader = new ModelMetadataReader('Lora');
    await expect(reader.civitaiOf(model, [])).rejects.toMatchObject({
      code: 'not_found',
      message: 'Lora not found or no CivitAI metadata available',
    });
    await expect(reader.descriptionOf(model, [])).rejects.toMatchObject({
      code: 'not_found',
      message: 'Lora not found or no description available',
    });
  });

  it('reads the sidecar that a moved model left behind, unless one that cannot be used lies beside it', async () => {
    const folder = tempFolder();
    const model = { path: put(folder, 'b.ckpt', 'x'), size: 1 };
    const left = put(folder, 'a.metadata.json', sidecar({ civitai: { id: 3 } }));
    const reader = new ModelMetadataReader('Lora', { sidecarPathOf: () => left });
    expect(await reader.civitaiOf(model, [])).toEqual({ civitai: { id: 3 }, source: 'remembered' });
    put(folder, 'b.metadata.json', '{');
    await expect(reader.civitaiOf(model, [])).rejects.toMatchObject({ code: 'not_found' });
  });
});
