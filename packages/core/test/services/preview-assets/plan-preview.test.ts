import { describe, expect, it } from 'vitest';
import type { Companions } from '../../../src/disk/companions.js';
import { planPreview, previewPathOf } from '../../../src/services/preview-assets/plan-preview.js';

const image = { data: Buffer.from('new'), extension: '.webp' };

const companions = (more: Partial<Companions> = {}): Companions => ({
  model: '/m/ink.v1.safetensors',
  files: [],
  sidecar: undefined,
  previews: [],
  sharedWith: [],
  ...more,
});

const plan = (known: Companions, before: string | undefined = 'old text') =>
  planPreview(known, {
    path: previewPathOf(known, image),
    image,
    draft: { path: '/m/ink.v1.metadata.json', before },
    sidecar: 'new text',
  });

describe('the plan of a preview', () => {
  it('puts it beside the model under its stem', () => {
    expect(plan(companions())).toEqual({
      kind: 'replace-preview',
      creates: [{ path: '/m/ink.v1.webp', content: image.data }],
      rewrites: [{ path: '/m/ink.v1.metadata.json', content: 'new text' }],
      discards: [],
    });
  });

  it('makes a sidecar where there is none, and leaves one that says the same', () => {
    const sidecar = { path: '/m/ink.v1.metadata.json', content: 'new text' };
    const fresh = planPreview(companions(), {
      path: '/m/a.webp',
      image,
      draft: { ...sidecar, before: undefined },
      sidecar: 'new text',
    });
    expect(fresh).toMatchObject({ creates: [{ path: '/m/a.webp' }, sidecar], rewrites: [] });
    expect(plan(companions(), 'new text')).toMatchObject({ rewrites: [] });
  });

  it('W-W26: every preview of the model goes, in any case and of any kind that was ever written', () => {
    const previews = [
      '/m/ink.v1.webp',
      '/m/ink.v1.PNG',
      '/m/INK.V1.preview.Jpeg',
      '/m/ink.v1.example.0.jpeg',
      '/m/ink.v1.mov',
      '/m/ink.v1.avi',
      '/m/ink.v1.safetensors.webp',
    ];
    expect(plan(companions({ previews })).discards).toEqual(previews);
  });

  it('leaves a picture of another name that the sidecar mentions', () => {
    expect(plan(companions({ previews: ['/m/cover.png', '/m/ink.png'] })).discards).toEqual([]);
  });

  it('W-W15: of a stem that several models have, only what bears the whole name is the own one', () => {
    const shared = companions({
      previews: ['/m/ink.v1.webp', '/m/ink.v1.safetensors.png'],
      sharedWith: ['/m/ink.v1.ckpt'],
    });
    expect(plan(shared)).toMatchObject({
      creates: [{ path: '/m/ink.v1.safetensors.webp' }],
      discards: ['/m/ink.v1.safetensors.png'],
    });
  });
});
