import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { licenceFields, licenceFlags } from '../../src/disk/licence-flags.js';
import { rawSidecarOfModel } from '../../src/disk/raw-sidecar-of-model.js';
import { sidecarText } from '../../src/disk/raw-sidecar.js';
import type { JsonObject } from '../../src/shapes/json.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { jobOver, put, root, safetensors, scan, sidecar, tempFolder } from './temp-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const text = fc.oneof(fc.constant(''), fc.string(), fc.constantFrom('Pony', ' Ünïcode ', '{}'));
const anySidecar = fc.record(
  {
    model_name: text,
    base_model: text,
    notes: text,
    usage_tips: text,
    modelDescription: text,
    preview_nsfw_level: fc.integer({ min: 0, max: 40 }),
    favorite: fc.boolean(),
    exclude: fc.boolean(),
    from_civitai: fc.boolean(),
    civitai_deleted: fc.boolean(),
    skip_metadata_refresh: fc.boolean(),
    db_checked: fc.boolean(),
    metadata_source: fc.option(fc.constantFrom('civitai_api', 'civarchive')),
    last_checked_at: fc.double({ min: 0, max: 2e9, noNaN: true }),
    modified: fc.double({ min: 1, max: 2e9, noNaN: true }),
    size: fc.constantFrom(0, 1, 16, 99_999_999),
    sha256: fc.constantFrom('', 'a'.repeat(64), 'nonsense'),
    autov3: fc.constantFrom(null, '', '0123456789ab'),
    hf_url: text,
    sub_type: fc.constantFrom('locon', 'checkpoint'),
    tags: fc.array(fc.oneof(text, fc.integer() as fc.Arbitrary<unknown> as fc.Arbitrary<string>)),
    civitai: fc.option(
      fc.record(
        {
          id: fc.oneof(fc.nat(), fc.string()),
          modelId: fc.nat(),
          name: text,
          creator: fc.constantFrom({ username: 'u' }, {}, null),
          trainedWords: fc.array(text),
          images: fc.constant([{ meta: { seed: 5 } }]),
          model: fc.record(
            {
              type: fc.constantFrom('LORA', ''),
              allowNoCredit: fc.boolean(),
              allowCommercialUse: fc.constantFrom([], ['Image'], '{Image,Sell}', ['RentCivit', 'Rent']),
              allowDerivatives: fc.boolean(),
            },
            { requiredKeys: [] },
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    allowNoCredit: fc.boolean(),
    x_unknown: fc.jsonValue(),
  },
  { requiredKeys: [] },
);

/** The only model of a folder as a scan reads it. */
function readModel(folder: string, subType: string | null = null): ScannedModel {
  const [model] = scan(jobOver(root(folder, 'loras-0', subType))).models;
  if (model === undefined) throw new Error('not listed');
  return model;
}

describe('rawSidecarOfModel', () => {
  it('Invariant: a model is shown the same before and after it got this sidecar', () => {
    fc.assert(
      fc.property(
        anySidecar,
        fc.constantFrom('nothing', 'the same', 'another'),
        anySidecar,
        fc.constantFrom('a.ckpt', 'a.safetensors'),
        (said, known, other, name) => {
          const folder = tempFolder();
          put(folder, name, safetensors({}));
          put(folder, 'a.metadata.json', sidecar(said));
          const before = readModel(folder);
          const source: JsonObject =
            known === 'nothing' ? {} : (JSON.parse(sidecar(known === 'the same' ? said : other)) as JsonObject);
          writeFileSync(join(folder, 'a.metadata.json'), sidecarText(rawSidecarOfModel(before, source)));
          const { entry } = readModel(folder);
          expect(entry).toEqual(before.entry);
        },
      ),
      { numRuns: runs },
    );
  });

  it('W-W12: the sidecar of a model without one has all that other programs require', () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.v1.safetensors', safetensors({ __metadata__: { a: 'b' } }));
    put(folder, 'ink.v1.webp', 'x');
    const value = rawSidecarOfModel(readModel(folder));
    expect(value).toMatchObject({
      file_name: 'ink.v1',
      model_name: 'ink.v1',
      file_path: path,
      size: expect.any(Number) as number,
      modified: expect.any(Number) as number,
      sha256: '',
      hash_status: 'pending',
      base_model: 'Unknown',
      preview_url: join(folder, 'ink.v1.webp'),
      tags: [],
      modelDescription: '',
      from_civitai: true,
      usage_tips: '{}',
      civitai: {},
      autov3: null,
    });
    expect(Object.keys(value).slice(0, 8)).toEqual(
      'file_name model_name file_path size modified sha256 base_model preview_url'.split(' '),
    );
  });

  it('takes over what a sidecar elsewhere says beyond the row, and not what the row shows otherwise', () => {
    const folder = tempFolder();
    put(folder, 'a.ckpt', 'x');
    put(folder, 'a.metadata.json', sidecar({ size: 1, notes: 'mine', civitai: { id: 1 } }));
    const known = { x: { deep: 1 }, notes: 'theirs', civitai: { id: 1, images: [1] }, _own: 1 };
    expect(rawSidecarOfModel(readModel(folder), known)).toMatchObject({
      x: { deep: 1 },
      notes: 'mine',
      civitai: { id: 1, images: [1] },
      _own: 1,
    });
    expect(rawSidecarOfModel(readModel(folder), { civitai: { id: 2, images: [1] } })['civitai']).toEqual({ id: 1 });
  });

  it('an AutoV3 that nobody looked for is not stated', () => {
    const folder = tempFolder();
    put(folder, 'a.ckpt', 'x');
    const model = readModel(folder);
    const known = { autov3: '0123456789ab' };
    expect(rawSidecarOfModel({ entry: { ...model.entry, autov3: null } }, known)).not.toHaveProperty('autov3');
    expect(rawSidecarOfModel({ entry: { ...model.entry, autov3: '' } }, known)).toMatchObject({ autov3: null });
  });

  it('licence flags come back from the members that say them', () => {
    for (let flags = 0; flags < 128; flags++) expect(licenceFlags({ ...licenceFields(flags) })).toBe(flags);
  });
});
