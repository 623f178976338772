import { describe, expect, test } from 'vitest';
import { autov3FromCivitai, autov3FromHeader } from '../../src/disk/autov3.js';
import { baseModelName } from '../../src/disk/base-model-name.js';
import { licenceFlags } from '../../src/disk/licence-flags.js';
import { projectEntry, slimCivitai, type EntrySources } from '../../src/disk/project-entry.js';
import { parseSidecar } from '../../src/disk/sidecar-file.js';
import { catalogEntrySchema } from '../../src/shapes/catalog-entry.js';
import type { Sidecar } from '../../src/shapes/sidecar.js';
import { root, sidecar } from './temp-library.js';

function sources(fields: Record<string, unknown> | null, more: Partial<EntrySources> = {}): EntrySources {
  return {
    path: '/m/loras/a/ink.v2.safetensors',
    root: root('/m/loras'),
    file: { size: 99, mtimeMs: 5_500, ino: 1 },
    sidecar: fields === null ? null : made(fields),
    preview: '',
    autov3: null,
    defaults: { from_civitai: false, sub_type: null, usage_tips: '{}' },
    ...more,
  };
}

function made(fields: Record<string, unknown>): Sidecar {
  const result = parseSidecar(sidecar(fields));
  if (result.kind !== 'ok') throw new Error(result.message);
  return result.sidecar;
}

describe('projectEntry', () => {
  test('a model without sidecar', () => {
    const entry = projectEntry(sources(null));
    expect(catalogEntrySchema.parse(entry)).toEqual(entry);
    expect(entry).toMatchObject({
      file_path: '/m/loras/a/ink.v2.safetensors',
      file_name: 'ink.v2',
      model_name: 'ink.v2',
      folder: 'a',
      size: 99,
      modified: 5.5,
      sha256: '',
      hash_status: 'pending',
      base_model: 'Unknown',
      from_civitai: false,
      usage_tips: '{}',
      license_flags: null,
      civitai: null,
    });
    expect(entry).not.toHaveProperty('sub_type');
  });

  test('what the sidecar says, except where the disk knows better', () => {
    const entry = projectEntry(sources({ base_model: 'Pony', notes: 'n', hf_url: 'h', tags: ['a', 5, null, 'b'] }));
    expect(catalogEntrySchema.parse(entry)).toEqual(entry);
    expect(entry).toMatchObject({
      file_name: 'ink.v2',
      file_path: '/m/loras/a/ink.v2.safetensors',
      size: 99,
      model_name: 'Ink',
      modified: 1700000000.5,
      sha256: 'a'.repeat(64),
      hash_status: 'completed',
      tags: ['a', 'b'],
      notes: 'n',
      hf_url: 'h',
    });
  });

  test.each([' ', 'abc', 'g'.repeat(64), 'a'.repeat(63)])('a sha256 of %j is none', (sha256) => {
    expect(projectEntry(sources({ sha256 }))).toMatchObject({ sha256: '', hash_status: 'pending' });
  });

  test.each(['calculating', 'failed', 'completed', 'pending'])(
    'R-W22: an unknown digest that is %s is pending',
    (status) => {
      expect(projectEntry(sources({ sha256: '', hash_status: status })).hash_status).toBe('pending');
      expect(projectEntry(sources({ hash_status: status })).hash_status).toBe('completed');
    },
  );

  test.each([
    [10, 10, true],
    [10, 1_034, true],
    [10_000, 8_976, true],
    [10, 1_035, false],
    [10_000, 8_975, false],
    [0, 5_000_000, true],
    [-1, 5_000_000, true],
  ])('R-W38: the digest of a sidecar about %i bytes is taken for a file of %i bytes: %j', (stated, real, taken) => {
    const file = { size: real, mtimeMs: 5_500, ino: 1 };
    expect(projectEntry(sources({ size: stated }, { file }))).toMatchObject(
      taken
        ? { sha256: 'a'.repeat(64), hash_status: 'completed' }
        : { sha256: '', hash_status: 'pending', model_name: 'Ink' },
    );
  });

  test('sub-type: the root decides, else the sidecar, else the job', () => {
    const defaults = { from_civitai: true, sub_type: 'embedding', usage_tips: '' };
    const inUnet = root('/m/loras', 'unet-0', 'diffusion_model');
    expect(projectEntry(sources({ sub_type: 'checkpoint' }, { root: inUnet })).sub_type).toBe('diffusion_model');
    expect(projectEntry(sources({ sub_type: ' x ' }, { defaults })).sub_type).toBe('x');
    expect(projectEntry(sources({ sub_type: ' ' }, { defaults })).sub_type).toBe('embedding');
    expect(projectEntry(sources({ model_type: 'dora' })).sub_type).toBe('dora');
  });

  test('R-W30: the folder is relative by whole components, also below a root that ends with a slash', () => {
    expect(projectEntry(sources(null, { path: '/m/loras/x.ckpt' })).folder).toBe('');
    expect(projectEntry(sources(null, { root: root('/'), path: '/m/x.ckpt' })).folder).toBe('m');
    expect(projectEntry(sources(null, { root: root('/'), path: '/x.ckpt' })).folder).toBe('');
  });
});

describe('slimCivitai', () => {
  test('keeps six members and nothing else', () => {
    const civitai = {
      id: '12',
      modelId: 3,
      name: 'v1',
      creator: { username: 'u', image: 'i' },
      trainedWords: ['a', 1],
      model: { type: 'LORA', name: 'n' },
      files: [],
    };
    expect(slimCivitai(civitai)).toEqual({
      id: 12,
      modelId: 3,
      name: 'v1',
      creator: { username: 'u' },
      trainedWords: ['a'],
      model: { type: 'LORA' },
    });
  });

  test('is null when nothing is left', () => {
    expect(slimCivitai(null)).toBeNull();
    expect(slimCivitai({ id: 'x', modelId: 1.5, name: '', trainedWords: [], creator: null, model: 'x' })).toBeNull();
  });
});

describe('licenceFlags', () => {
  test('R-W11: no information is null, not a licence', () => {
    expect(licenceFlags({ civitai: null })).toBeNull();
    expect(licenceFlags({ civitai: { model: { name: 'x', allowNoCredit: null } } })).toBeNull();
  });

  test.each([
    [{ allowNoCredit: true }, 113],
    [{ allowNoCredit: false }, 112],
    [{ allowCommercialUse: [] }, 97],
    [{ allowCommercialUse: ['Image', 'RentCivit', 'Rent', 'Sell'] }, 127],
    [{ allowCommercialUse: '{Image,Rent}' }, 97 + 2 + 8],
    [{ allowCommercialUse: '{}' }, 97],
    [{ allowCommercialUse: 'rent_civit, Unheard-Of' }, 97 + 4],
    [{ allowCommercialUse: 5, allowDerivatives: false, allowDifferentLicense: false, allowNoCredit: false }, 16],
  ])('%j is %i', (fields, flags) => {
    expect(licenceFlags({ civitai: { model: fields } })).toBe(flags);
    expect(licenceFlags({ civitai: { model: {} }, ...fields })).toBe(flags);
  });
});

describe('AutoV3', () => {
  const metadata = (fields: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(fields));

  test.each([
    [{ sshs_model_hash: ' 0xABCDEF0123456789 ' }, 'abcdef012345'],
    [{ 'modelspec.hash_sha256': '0123456789abcdef' }, '0123456789ab'],
    [{ sshs_model_hash: '', 'modelspec.hash_sha256': '0123456789abcdef' }, '0123456789ab'],
    [{ sshs_model_hash: '0123456789a' }, ''],
    [{ sshs_model_hash: 'no hexadecimal' }, ''],
    [{ sshs_model_hash: 'e3b0c44298fc1c149afbf4c8996fb924' }, ''],
    [{}, ''],
  ])('%j states %j', (fields, expected) => {
    expect(autov3FromHeader(metadata(fields))).toBe(expected);
  });

  test('the remote side states it for the file with our SHA-256 only', () => {
    const files = [null, {}, { hashes: { SHA256: 'B'.repeat(64), AutoV3: 'ABCDEF0123456789' } }];
    expect(autov3FromCivitai({ files }, 'b'.repeat(64))).toBe('abcdef012345');
    expect(autov3FromCivitai({ files }, 'c'.repeat(64))).toBe('');
    expect(autov3FromCivitai({ files }, '')).toBe('');
    expect(autov3FromCivitai({ files: 'x' }, 'b'.repeat(64))).toBe('');
    expect(autov3FromCivitai(null, 'b'.repeat(64))).toBe('');
  });
});

describe('baseModelName', () => {
  test.each([
    ['Chilloutmix', 'Chilloutmix'],
    ['chilloutmix', 'chilloutmix'],
    ['SDXL Lightning', 'SDXL Lightning'],
    ['SDXL 1.0', 'SDXL 1.0'],
    ['Illustrious', 'Illustrious'],
    ['Hunyuan Video', 'Hunyuan Video'],
    ['SDXL', 'SDXL 1.0'],
    ['sdxl_base_v1-0', 'SDXL 1.0'],
    ['sd-v1-5', 'SD 1.5'],
    ['sd_1.5', 'SD 1.5'],
    ['sd-v2-1-768', 'SD 2.1'],
    ['sd-v2', 'SD 2.0'],
    ['flux1', 'Flux.1 D'],
    ['Flux.1 D', 'Flux.1 D'],
    ['il', 'Illustrious'],
    ['pony', 'Pony'],
    [' ', 'Unknown'],
  ])('R-W19: %j is %j', (text, name) => {
    expect(baseModelName(text)).toBe(name);
  });
});
