import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCatalogRecord } from '../../src/catalog/catalog-record.js';
import { InternedTexts } from '../../src/catalog/interned-texts.js';
import { sampleLoras } from '../../src/handlers/sample-loras.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { randomSampleBody } from '../../src/routes/lora-bodies.js';
import { makeModel } from '../catalog/make-model.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const record = (id: number, usage_tips = '{}') =>
  createCatalogRecord(
    { id, sequence: id },
    makeModel({ file_path: `/m/l${String(id)}.safetensors`, folder: id % 2 === 0 ? '' : 'odd', usage_tips }),
    { modelType: lora, nameDisplay: 'model_name', texts: new InternedTexts() },
  );

const poolOf = (size: number, usageTips?: string) => Array.from({ length: size }, (_, id) => record(id, usageTips));

/** From 0 up to, not including, 1. */
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const strength = fc.double({ min: -10, max: 10, noNaN: true });

describe('a random sample', () => {
  it('has no lora twice, as many as wanted or as there are, and strengths in range with two decimals', () => {
    fc.assert(
      fc.property(
        fc.nat(30),
        fc.integer({ min: 1, max: 100 }),
        fc.tuple(strength, strength),
        fc.infiniteStream(chance),
        (size, count, [a, b], stream) => {
          const body = { count, model_strength_min: Math.min(a, b), model_strength_max: Math.max(a, b) };
          const random = () => Number(stream.next().value);
          const drawn = sampleLoras(poolOf(size), randomSampleBody.parse(body), random);
          expect(drawn).toHaveLength(Math.min(size, count));
          expect(new Set(drawn.map((each) => each['name'])).size).toBe(drawn.length);
          for (const each of drawn) {
            const value = Number(each['strength']);
            expect(value).toBeGreaterThanOrEqual(body.model_strength_min - 0.0051);
            expect(value).toBeLessThanOrEqual(body.model_strength_max + 0.0051);
            expect(Math.round(value * 100) / 100).toBe(value);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it('reaches every lora and every count between the two bounds', () => {
    const names = new Set<unknown>();
    const counts = new Set<number>();
    for (let step = 0; step < 1000; step++) {
      const random = () => (step / 1000 + 0.0001) % 1;
      names.add(sampleLoras(poolOf(5), randomSampleBody.parse({ count: 1 }), random)[0]?.['name']);
      counts.add(sampleLoras(poolOf(9), randomSampleBody.parse({ count_min: 7, count_max: 3 }), random).length);
    }
    expect([...names].sort()).toEqual(['l0', 'l2', 'l4', 'odd/l1', 'odd/l3']);
    expect([...counts].sort()).toEqual([3, 4, 5, 6, 7]);
  });

  it('R-W18: `clipStrength` and `clip_strength` are the same, and tips that say nothing leave it to chance', () => {
    const body = randomSampleBody.parse({
      count: 1,
      use_recommended_strength: true,
      use_same_clip_strength: false,
      clip_strength_min: 3,
      clip_strength_max: 3,
      recommended_strength_scale_min: 0.5,
      recommended_strength_scale_max: 0.5,
    });
    const [clip, other, text, none] = [
      '{"strength":2,"clipStrength":1}',
      '{"strength":2,"clip_strength":1}',
      '{"strength":"2","clip_strength":"x"}',
      'no JSON',
    ].map((tips) => sampleLoras(poolOf(1, tips), body, () => 0.5)[0]);
    expect(clip).toMatchObject({ strength: 1, clipStrength: 0.5, expanded: true });
    expect(other).toEqual(clip);
    expect(text).toMatchObject({ strength: 1, clipStrength: 3 });
    expect(none).toMatchObject({ strength: 0.5, clipStrength: 3 });
  });
});
