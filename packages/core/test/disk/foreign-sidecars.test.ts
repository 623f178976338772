import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FOREIGN_SIDECARS } from '../../src/disk/foreign-sidecars.js';
import { readSidecarOf } from '../../src/disk/read-sidecar.js';
import { sidecarSchema } from '../../src/shapes/sidecar.js';
import { jobOver, put, root, scan, sidecar, tempFolder } from './temp-library.js';

const SHA = 'B'.repeat(64);

const files = {
  '.civitai.info': { id: 5, model: { name: 'Info' }, files: [{ primary: true, hashes: { SHA256: SHA } }] },
  '.cm-info.json': {
    ModelId: 7,
    VersionId: 8,
    ModelName: 'Cm',
    ModelDescription: '<p>about</p>',
    VersionName: 'v2',
    VersionDescription: 'new',
    BaseModel: 'Pony',
    Nsfw: false,
    Tags: ['style', ' ', 5],
    TrainedWords: ['cmw'],
    UserTitle: null,
    Hashes: { SHA256: SHA, AutoV2: 'b'.repeat(10) },
    ModelType: 'LORA',
  },
  '.swarm.json': {
    'modelspec.title': 'Swarm',
    'modelspec.description': 'about',
    'modelspec.author': 'Ann',
    'modelspec.usage_hint': 'use it',
    'modelspec.trigger_phrase': 'swarmw, second',
    'modelspec.tags': 'style, ink,',
    'modelspec.architecture': 'stable-diffusion-xl-v1-base/lora',
    'modelspec.hash_sha256': `0x${SHA}`,
  },
  '.json': {
    description: 'about',
    'sd version': 'SD 1.5',
    'activation text': 'aw, bw',
    'preferred weight': 0.7,
    'negative text': 'bad',
    notes: 'mine',
    sha256: SHA,
  },
} as const;

describe('files of other tools', () => {
  test.each([
    ['.civitai.info', 'civitai_info', { model_name: 'Info', civitai: { id: 5 } }],
    [
      '.cm-info.json',
      'cm_info',
      {
        model_name: 'Cm',
        base_model: 'Pony',
        tags: ['style'],
        civitai: { id: 8, modelId: 7, name: 'v2', trainedWords: ['cmw'], model: { type: 'LORA' } },
      },
    ],
    [
      '.swarm.json',
      'swarm',
      {
        model_name: 'Swarm',
        base_model: 'SDXL 1.0',
        tags: ['style', 'ink'],
        notes: 'use it',
        civitai: { creator: { username: 'Ann' }, trainedWords: ['swarmw, second'] },
      },
    ],
    [
      '.json',
      'a1111',
      {
        model_name: 'ink',
        base_model: 'SD 1.5',
        notes: 'mine',
        usage_tips: '{"strength":0.7}',
        civitai: { trainedWords: ['aw', 'bw'] },
      },
    ],
  ] as const)(
    '%s stands in for a missing sidecar, its digest is not trusted, and nothing is written',
    async (suffix, origin, fields) => {
      const folder = tempFolder();
      const path = put(folder, 'ink.ckpt', 'x');
      const beside = put(folder, `ink${suffix}`, JSON.stringify(files[suffix]));
      const before = [readFileSync(beside, 'utf8'), statSync(beside).mtimeMs];
      const { models, codes } = scan(jobOver(root(folder)));
      expect(models[0]).toMatchObject({ origin, digest: 'none', sidecar: null, entry: { ...fields, sha256: '' } });
      expect(codes).toEqual([]);
      expect([readFileSync(beside, 'utf8'), statSync(beside).mtimeMs]).toEqual(before);
      expect(await readSidecarOf(path, 1)).toMatchObject({ origin, sidecar: { model_name: fields.model_name } });
    },
  );

  test('the first in order that says something counts, and a sidecar of ours goes before all', async () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    const order: string[] = [];
    for (const suffix of ['.json', '.swarm.json', '.cm-info.json', '.civitai.info'] as const) {
      put(folder, `ink${suffix}`, JSON.stringify(files[suffix]));
      const [model] = scan(jobOver(root(folder))).models;
      const read = await readSidecarOf(path, 1);
      expect(read).toMatchObject({ origin: model?.origin });
      order.push(model?.origin ?? '');
    }
    expect(order).toEqual(['a1111', 'swarm', 'cm_info', 'civitai_info']);
    put(folder, 'ink.civitai.info', '{"files": []}');
    expect(scan(jobOver(root(folder))).models[0]?.origin).toBe('cm_info');
    put(folder, 'ink.metadata.json', sidecar({ civitai: { id: 1 } }));
    expect(scan(jobOver(root(folder))).models[0]).toMatchObject({ origin: 'sidecar', entry: { model_name: 'Ink' } });
  });

  test('files of another kind with these names say nothing', () => {
    const folder = tempFolder();
    put(folder, 'a.ckpt', 'x');
    put(folder, 'a.json', '{"weight_map": {}}');
    put(folder, 'b.ckpt', 'x');
    put(folder, 'b.metadata.json', sidecar({ notes: 'b' }));
    put(folder, 'b.metadata.ckpt', 'x');
    put(folder, 'c.ckpt', 'x');
    put(folder, 'c.swarm.json', '[]');
    put(folder, 'c.cm-info.json', '{"Tags": ["x"]}');
    const { entry, models } = scan(jobOver(root(folder)));
    for (const name of ['a', 'b.metadata', 'c']) {
      expect(models.find((model) => model.entry.file_name === name)?.origin).toBe('none');
    }
    expect(entry(join(folder, 'b.metadata.ckpt')).notes).toBe('');
  });

  test('never throw, whatever the members are', () => {
    const keys = Object.values(files).flatMap((fields) => Object.keys(fields));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (fields) => {
        for (const { read } of FOREIGN_SIDECARS) {
          const made = read(fields, { stem: 'ink', path: '/m/ink.ckpt', size: 5 });
          if (made === undefined) continue;
          expect(sidecarSchema.safeParse(made).success).toBe(true);
          expect(made.sha256).toBe('');
        }
      }),
      { numRuns: process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150 },
    );
  });
});
