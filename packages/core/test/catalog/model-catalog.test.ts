import { describe, expect, it } from 'vitest';
import { autoTagsOf } from '../../src/catalog/auto-tags.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { parseSort } from '../../src/catalog/model-sort.js';
import { resolveModelName } from '../../src/catalog/resolve-model-name.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ModelRoot } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';

const root = { id: 'loras-0', path: '/m', subType: null };

const catalogWith = (roots: readonly ModelRoot[]): ModelCatalog =>
  new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });

function catalogOf(...models: Parameters<typeof makeModel>[0][]): ModelCatalog {
  const catalog = catalogWith([root]);
  catalog.upsert(models.map((entry) => makeModel(entry)));
  return catalog;
}

describe('sort_by', () => {
  it.each([
    ['', 'name', false],
    [undefined, 'name', false],
    [':desc', 'name', true],
    [' Date : DESC ', 'date', true],
    ['size:sideways', 'size', false],
    ['whatever', 'added', false],
    ['usage:desc', 'usage', true],
    ['versions_count', 'versions_count', false],
  ])('%s means %s, descending %s', (text, key, descending) => {
    expect(parseSort(text)).toMatchObject({ key, descending });
  });

  it('takes what follows random: as the seed', () => {
    expect(parseSort('random:abc')).toEqual({ key: 'random', descending: false, seed: 'abc' });
    expect(parseSort('random:desc').seed).toBe('random');
  });
});

describe('look-ups', () => {
  it('R-W27: a second path under a hash and a stem keeps the first, and removing one keeps the other', () => {
    const sha256 = 'ab'.repeat(32);
    const catalog = catalogOf(
      { file_path: '/m/x/same.safetensors', folder: 'x', sha256, autov3: '0123456789ab' },
      { file_path: '/m/y/same.safetensors', folder: 'y', sha256 },
    );
    expect(catalog.findByHash(sha256.toUpperCase())).toHaveLength(2);
    expect(catalog.findByStem('same')).toHaveLength(2);
    catalog.remove(['/m/y/same.safetensors', '/m/unknown.safetensors']);
    expect(catalog.findByHash('abababababa'.slice(0, 10)).map(({ folder }) => folder)).toEqual(['x']);
    expect(catalog.findByHash('0123456789AB')).toHaveLength(1);
  });

  it('P-10: a model is found by root id and forward-slash relative path, and tells that address', () => {
    const catalog = catalogOf({ file_path: '/m/ä b/x%20y.safetensors', folder: 'ä b' });
    const path = catalog.pathOf('loras-0:ä b/x%20y.safetensors');
    expect(path).toBe('/m/ä b/x%20y.safetensors');
    expect(catalog.find('loras-0:ä b/x%20y.safetensors')).toBeDefined();
    expect(catalog.addressOf(path)).toEqual({ root: 'loras-0', path: 'ä b/x%20y.safetensors' });
    expect(catalog.find('loras-1:ä b/x%20y.safetensors')).toBeUndefined();
  });

  it('a root at the top of a drive has addresses too', () => {
    const catalog = catalogWith([{ id: 'loras-0', path: '/', subType: null }]);
    catalog.upsert([makeModel({ file_path: '/x.safetensors' })]);
    expect(catalog.addressOf('/x.safetensors')).toEqual({ root: 'loras-0', path: 'x.safetensors' });
    expect(catalog.find('loras-0:x.safetensors')).toBeDefined();
  });

  it('a link that is pointed elsewhere leads to its new model, in whatever order the two are scanned', () => {
    for (const order of [0, 1]) {
      const catalog = catalogWith([root]);
      const models = (target: string) => {
        const each = ['a', 'b'].map((stem) =>
          makeModel(
            { file_path: `/m/${stem}.safetensors` },
            { aliases: stem === target ? ['/m/link.safetensors'] : [] },
          ),
        );
        return order === 0 ? each : each.reverse();
      };
      catalog.upsert(models('a'));
      catalog.upsert(models('b'));
      expect(catalog.find('/m/link.safetensors')?.file_name).toBe('b');
    }
  });

  it('a digest that arrives later changes no order of first-seen values', () => {
    const catalog = catalogOf(
      { file_path: '/m/x/same.safetensors', folder: 'x', tags: ['one'] },
      { file_path: '/m/y/same.safetensors', folder: 'y', tags: ['two'] },
    );
    const first = catalog.recordOf('/m/x/same.safetensors');
    if (first === undefined) throw new Error('no record');
    expect(catalog.setDigest(first.entry.file_path, first.file, { sha256: 'ab'.repeat(32) })).toBe(true);
    expect(catalog.findByStem('same').map(({ entry }) => entry.folder)).toEqual(['x', 'y']);
    expect(catalog.rankedTags().map(({ value }) => value)).toEqual(['one', 'two']);
    const { records } = catalog.query({ filter: {}, sort: parseSort('added'), page: 1, pageSize: 9 });
    expect(records.map(({ entry }) => entry.folder)).toEqual(['x', 'y']);
    expect(catalog.findByHash('ab'.repeat(32))).toHaveLength(1);
  });

  it('P-3: one file through two links is one model that both paths lead to', () => {
    const catalog = catalogWith([root]);
    catalog.upsert([makeModel({ file_path: '/m/a.safetensors' }, { aliases: ['/m/link.safetensors'] })]);
    expect(catalog.size).toBe(1);
    expect(catalog.find('/m/link.safetensors')).toBe(catalog.find('/m/a.safetensors'));
    catalog.remove(['/m/a.safetensors']);
    expect(catalog.find('/m/link.safetensors')).toBeUndefined();
  });

  it('R-W29: a name with a folder finds that folder, and the same stem elsewhere only after it', () => {
    const catalog = catalogOf(
      { file_path: '/m/alpha.safetensors' },
      { file_path: '/m/char/alpha.safetensors', folder: 'char' },
    );
    const folders = (name: string): string[] => resolveModelName(catalog, name).map(({ entry }) => entry.folder);
    expect(folders('char/alpha')).toEqual(['char', '']);
    expect(folders('char\\alpha.SAFETENSORS')).toEqual(['char', '']);
    expect(folders('lph')).toEqual([]);
  });
});

describe('auto tags', () => {
  const of = (file_name: string, base_model = 'SDXL', tags: string[] = []): readonly string[] =>
    autoTagsOf(makeModel({ file_path: '/m/x.safetensors', file_name, base_model, tags }).entry);

  it('are read off names by whole words', () => {
    expect(of('my_i2v_lightning')).toEqual(['I2V', 'Lightning']);
    expect(of('ti2v-x')).toEqual(['TI2V']);
    expect(of('turbocharged')).toEqual([]);
    expect(of('x', 'SDXL', ['turbo'])).toEqual(['Turbo']);
  });

  it('tell HIGH and LOW of one video family only', () => {
    expect(of('wan_HighNoise', 'Wan Video 2.2')).toEqual(['HIGH']);
    expect(of('wan_higher', 'Wan Video 2.2')).toEqual([]);
    expect(of('flow', 'Wan Video 2.2')).toEqual([]);
    expect(of('low', 'Wan Video 2.2')).toEqual(['LOW']);
    expect(of('low', 'SDXL')).toEqual([]);
  });
});
