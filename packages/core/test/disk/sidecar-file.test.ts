import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sidecarFromInfo } from '../../src/disk/civitai-info-file.js';
import { parseForeign } from '../../src/disk/foreign-sidecars.js';
import { parseSidecar, sidecarNameOf, sidecarPathOf } from '../../src/disk/sidecar-file.js';
import { sidecarSchema, type Sidecar } from '../../src/shapes/sidecar.js';
import { sidecar } from './temp-library.js';

const RUNS = process.env['MODELSHELF_DEEP'] === undefined ? 300 : 10_000;

function parsed(fields: Record<string, unknown>): Sidecar {
  const result = parseSidecar(sidecar(fields));
  if (result.kind !== 'ok') throw new Error(result.message);
  return result.sidecar;
}

describe('parseSidecar', () => {
  test('fills in defaults; base_model and preview_url may be missing', () => {
    expect(parsed({})).toMatchObject({
      base_model: '',
      preview_url: '',
      from_civitai: true,
      favorite: false,
      tags: [],
    });
    expect(parsed({})).not.toHaveProperty('autov3', expect.anything());
  });

  test('keeps unknown fields verbatim', () => {
    const fields = {
      hf_url: 'https://example.com',
      _secret: 1,
      custom: { deep: [1, { a: null }] },
      trainedWords: ['x'],
    };
    expect(parsed(fields)).toMatchObject(fields);
  });

  test.each([
    ['tags', 'style', []],
    ['tags', null, []],
    ['civitai', [], null],
    ['civitai', 'x', null],
    ['favorite', 'yes', false],
    ['from_civitai', null, true],
    ['preview_url', 5, ''],
    ['hash_status', 'odd', 'completed'],
    ['metadata_source', 5, null],
    ['autov3', 5, undefined],
    ['sub_type', {}, undefined],
  ])('an optional %s of a wrong type (%j) falls back', (key, value, expected) => {
    expect(parsed({ [key]: value })[key]).toEqual(expected);
  });

  test.each(['file_name', 'model_name', 'file_path', 'size', 'modified', 'sha256'])(
    'a missing %s refuses the file and names the field',
    (field) => {
      const result = parseSidecar(sidecar({ [field]: undefined }));
      expect(result).toMatchObject({ kind: 'incomplete', field, message: expect.stringContaining(field) });
    },
  );

  test('a required field of a wrong type refuses the file', () => {
    expect(parseSidecar(sidecar({ model_name: {} }))).toMatchObject({ kind: 'incomplete', field: 'model_name' });
  });

  test.each([
    ['', 'corrupt'],
    ['{', 'corrupt'],
    ['[]', 'corrupt'],
    ['null', 'corrupt'],
    ['"text"', 'corrupt'],
    [sidecar().slice(0, -1), 'corrupt'],
    ['{}', 'incomplete'],
  ])('%j is %s', (text, kind) => {
    expect(parseSidecar(text).kind).toBe(kind);
  });

  test('a byte order mark is tolerated', () => {
    expect(parseSidecar(`\ufeff${sidecar()}`).kind).toBe('ok');
  });

  test('three states of autov3 stay apart', () => {
    expect(parsed({ autov3: null }).autov3).toBeNull();
    expect(parsed({ autov3: 'abcdef012345' }).autov3).toBe('abcdef012345');
    expect(parsed({}).autov3).toBeUndefined();
  });

  test('older shapes are brought into today’s', () => {
    expect(parsed({ model_type: 'dora' }).sub_type).toBe('dora');
    expect(parsed({ model_type: 'dora', sub_type: 'lora' }).sub_type).toBe('lora');
    expect(parsed({ size: '12', modified: '1.5', last_checked_at: ' 7 ', preview_nsfw_level: '4' })).toMatchObject({
      size: 12,
      modified: 1.5,
      last_checked_at: 7,
      preview_nsfw_level: 4,
    });
    expect(parsed({ usage_tips: { strength: 0.8 } }).usage_tips).toBe('{"strength":0.8}');
    expect(parsed({ notes: 5 }).notes).toBe('5');
    expect(parsed({ notes: null }).notes).toBe('');
    expect(parsed({ notes: ['a'] }).notes).toBe('["a"]');
    expect(parsed({ sha256: null, model_name: null, size: null })).toMatchObject({
      sha256: '',
      model_name: '',
      size: 0,
    });
  });

  test('notes that are nested 100,000 deep are refused', () => {
    const text = sidecar({ notes: 'DEEP' }).replace('"DEEP"', '['.repeat(100_000) + ']'.repeat(100_000));
    expect(['corrupt', 'ok']).toContain(parseSidecar(text).kind);
  });

  test('never throws, and what it accepts has the shape of a sidecar', () => {
    const field = fc.constantFrom(
      ...Object.keys(sidecarSchema.shape),
      'model_type',
      '__proto__',
      'constructor',
      'other',
    );
    const fields = fc.dictionary(field, fc.jsonValue());
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fields.map((value) => JSON.stringify(value)),
      fields.map((value) => sidecar(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const result = parseSidecar(text);
        if (result.kind === 'ok') {
          expect(sidecarSchema.safeParse(result.sidecar).success).toBe(true);
          expect(Object.getPrototypeOf(result.sidecar)).toBe(Object.prototype);
        } else expect(result.message).not.toBe('');
      }),
      { numRuns: RUNS },
    );
  });

  test('P-5: a sidecar that is nested without end is corrupt at once, one that is only long is not', () => {
    const nested = (depth: number): string =>
      sidecar({ civitai: { deep: 0 } }).replace('"deep":0', `"deep":${'['.repeat(depth)}${']'.repeat(depth)}`);
    const startedAt = performance.now();
    expect(parseSidecar(nested(8_000_000)).kind).toBe('corrupt');
    // Parsing it takes seven seconds.
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    const text = `${'[{'.repeat(50_000)}"\\`;
    expect(parseSidecar(sidecar({ notes: text, civitai: { deep: [[1]] } }))).toMatchObject({ kind: 'ok' });
  });
});

describe('names', () => {
  test('the last extension makes way', () => {
    expect(sidecarNameOf('a.b.safetensors')).toBe('a.b.metadata.json');
    expect(sidecarPathOf('/x/v1.5/a.safetensors')).toBe('/x/v1.5/a.metadata.json');
    expect(sidecarPathOf('/a.ckpt')).toBe('/a.metadata.json');
  });
});

describe('info files of other tools', () => {
  const model = { stem: 'ink', path: '/x/ink.safetensors', size: 2048 };
  const info = {
    id: 5,
    modelId: 6,
    baseModel: 'SDXL 1.0',
    model: { name: 'Ink style', tags: ['ink'], description: '<p>x</p>' },
    files: [{ primary: false }, { primary: true, sizeKB: 2, hashes: { SHA256: 'B'.repeat(64) } }],
  };

  test('make a sidecar', () => {
    expect(sidecarFromInfo(info, model)).toMatchObject({
      file_name: 'ink',
      model_name: 'Ink style',
      tags: ['ink'],
      modelDescription: '<p>x</p>',
      base_model: 'SDXL 1.0',
      sha256: 'B'.repeat(64),
      civitai: info,
    });
  });

  test('P-1: a provider’s digest is not taken for a file of another size', () => {
    expect(sidecarFromInfo(info, { ...model, size: 9_000 })?.sha256).toBe('');
  });

  test('make none without a primary file, or from anything else', () => {
    expect(sidecarFromInfo({ ...info, files: [] }, model)).toBeUndefined();
    expect(sidecarFromInfo({}, model)).toBeUndefined();
    expect(parseForeign('[]')).toBeNull();
    expect(parseForeign('{')).toBeNull();
  });

  test('never throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (about, file) => {
        const made = sidecarFromInfo({ model: about, files: [{ primary: true, hashes: file, sizeKB: 2 }] }, model);
        if (made !== undefined) expect(sidecarSchema.safeParse(made).success).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
