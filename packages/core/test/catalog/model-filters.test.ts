import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import type { ModelFilter } from '../../src/catalog/model-filter.js';
import { parseSort } from '../../src/catalog/model-sort.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { UsageCounts } from '../../src/ports/usage-counts.js';
import { makeModel } from './make-model.js';

function catalogWith(models: readonly Parameters<typeof makeModel>[0][], usage?: UsageCounts): ModelCatalog {
  const roots = [{ id: 'loras-0', path: '/m', subType: null }];
  const catalog = new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name', usage });
  catalog.upsert(models.map((entry) => makeModel(entry)));
  return catalog;
}

const catalogOf = (...models: Parameters<typeof makeModel>[0][]): ModelCatalog => catalogWith(models);

function stems(catalog: ModelCatalog, filter: ModelFilter): string[] {
  const found = catalog.query({ filter, sort: parseSort('name'), page: 1, pageSize: 100 });
  expect(found.total).toBe(found.records.length);
  return found.records.map(({ entry }) => entry.file_name);
}

describe('filters', () => {
  const tagged = catalogOf(
    { file_path: '/m/none.safetensors' },
    { file_path: '/m/one.safetensors', tags: ['Style'] },
    { file_path: '/m/two.safetensors', tags: ['style', 'photo'] },
  );
  const byTags = (include: string[], logic: 'any' | 'all', exclude: string[] = []): string[] =>
    stems(tagged, { tags: { include, exclude, logic } });

  it('R-W10: __no_tags__ alone keeps the untagged only, with either logic', () => {
    expect(byTags(['__no_tags__'], 'all')).toEqual(['none']);
    expect(byTags(['__no_tags__'], 'any')).toEqual(['none']);
  });

  it('combine tags with any and all, without regard to case', () => {
    expect(byTags(['STYLE', 'photo'], 'any')).toEqual(['one', 'two']);
    expect(byTags(['STYLE', 'photo'], 'all')).toEqual(['two']);
    expect(byTags(['photo', '__no_tags__'], 'all')).toEqual(['none', 'two']);
    expect(byTags([], 'any', ['__no_tags__'])).toEqual(['one', 'two']);
    expect(byTags(['style'], 'any', ['style'])).toEqual(['none']);
  });

  it('take folders by whole components', () => {
    const catalog = catalogOf(
      { file_path: '/m/top.safetensors' },
      { file_path: '/m/char/a.safetensors', folder: 'char' },
      { file_path: '/m/char/x/b.safetensors', folder: 'char/x' },
      { file_path: '/m/character/c.safetensors', folder: 'character' },
    );
    expect(stems(catalog, { folder: { path: '', recursive: true } })).toHaveLength(4);
    expect(stems(catalog, { folder: { path: '', recursive: false } })).toEqual(['top']);
    expect(stems(catalog, { folder: { path: 'char', recursive: true } })).toEqual(['a', 'b']);
    expect(stems(catalog, { folder: { path: 'char', recursive: false } })).toEqual(['a']);
    expect(stems(catalog, { folder: { path: 'char/', recursive: true } })).toEqual([]);
  });

  it('let PG and PG13 through when only safe content is wanted', () => {
    const catalog = catalogOf(
      ...[0, 1, 2, 4, 8, 16].map((level) => ({
        file_path: `/m/l${String(level)}.safetensors`,
        preview_nsfw_level: level,
      })),
    );
    expect(stems(catalog, { safeContentOnly: true })).toEqual(['l0', 'l1', 'l2']);
  });

  it('R-W9: equal files in two included folders are all kept', () => {
    const sha256 = 'ab'.repeat(32);
    const catalog = catalogOf(
      { file_path: '/m/x/a.safetensors', folder: 'x', sha256 },
      { file_path: '/m/y/b.safetensors', folder: 'y', sha256 },
      { file_path: '/m/y/z/c.safetensors', folder: 'y/z', sha256 },
      { file_path: '/m/w/d.safetensors', folder: 'w', sha256 },
    );
    const within = (paths: string[], recursive = true): string[] =>
      stems(catalog, { folderInclude: { paths, recursive } });
    expect(within(['x', 'y/'])).toEqual(['a', 'b', 'c']);
    expect(within(['x', 'y'], false)).toEqual(['a', 'b']);
    expect(within(['y', 'y/z'])).toEqual(['b', 'c']);
    expect(within([])).toHaveLength(4);
    expect(within([' '])).toEqual([]);
    expect(stems(catalog, { folderExclude: ['y', ' '] })).toEqual(['a', 'd']);
  });

  it('R-W33: hashes take the place of the other filters, but unsafe content stays hidden', () => {
    const catalog = catalogOf(
      { file_path: '/m/a.safetensors', sha256: 'ab'.repeat(32), preview_nsfw_level: 8 },
      { file_path: '/m/b.safetensors', sha256: 'ab'.repeat(32) },
      { file_path: '/m/c.safetensors', sha256: 'cd'.repeat(32), autov3: '0123456789ab' },
    );
    const hashes = ['ab'.repeat(32), '0123456789ab'];
    expect(stems(catalog, { hashes, favoritesOnly: true })).toEqual(['a', 'b', 'c']);
    expect(stems(catalog, { hashes, safeContentOnly: true })).toEqual(['b', 'c']);
    expect(stems(catalog, { hashes: ['ababababab'] })).toEqual([]);
    expect(stems(catalog, { hashes: [], favoritesOnly: true })).toEqual([]);
  });

  it('R-W28: any first character can be counted and looked for', () => {
    const names = ['ßeta', 'Éa', 'a', 'Z', '7', '_', '漢字', '🎨', '', '㈱'];
    const catalog = catalogOf(
      ...names.map((model_name, at) => ({ file_path: `/m/${String(at)}.safetensors`, model_name })),
    );
    const counts = catalog.letterCounts();
    expect(Object.keys(counts)).toHaveLength(29);
    expect(counts).toMatchObject({ A: 1, Z: 1, S: 0, '#': 1, '@': 2, 漢: 2 });
    const byLetter = (firstLetter: string): number => stems(catalog, { firstLetter }).length;
    expect(['漢', 'ß', 'é', 'z', '#', '@', 's', ''].map(byLetter)).toEqual([2, 1, 1, 1, 1, 3, 0, 10]);
  });

  it('P-8: tags, folders and words combine with AND, OR and NOT', () => {
    const catalog = catalogOf(
      { file_path: '/m/a.safetensors', tags: ['style', 'ink'], base_model: 'Pony' },
      { file_path: '/m/b.safetensors', tags: ['style'], base_model: 'SDXL' },
      { file_path: '/m/x/c.safetensors', folder: 'x', tags: ['ink'], base_model: 'Pony' },
    );
    const tags = (include: string[], exclude: string[], logic: 'any' | 'all') => ({
      tags: { include, exclude, logic },
    });
    expect(stems(catalog, tags(['style', 'ink'], [], 'any'))).toEqual(['a', 'b', 'c']);
    expect(stems(catalog, tags(['style', 'ink'], [], 'all'))).toEqual(['a']);
    expect(stems(catalog, { ...tags(['style'], ['ink'], 'any'), baseModels: ['SDXL', 'Pony'] })).toEqual(['b']);
    expect(stems(catalog, { ...tags(['ink'], [], 'any'), baseModels: ['Pony'], folderExclude: ['x'] })).toEqual(['a']);
  });

  it('P-19: licences are filtered by term, and an unknown one is never taken for an allowed one', () => {
    const catalog = catalogOf(
      { file_path: '/m/all.safetensors', license_flags: 127 },
      { file_path: '/m/credit.safetensors', license_flags: 126 },
      { file_path: '/m/sell.safetensors', license_flags: 113 },
      { file_path: '/m/unknown.safetensors', license_flags: null },
    );
    expect(stems(catalog, { allowSelling: true })).toEqual(['all', 'credit']);
    expect(stems(catalog, { allowSelling: false })).toEqual(['sell']);
    expect(stems(catalog, { creditRequired: true })).toEqual(['credit']);
    expect(stems(catalog, { creditRequired: false })).toEqual(['all', 'sell']);
    expect(stems(catalog, { licence: { include: ['sell', 'no-credit'], exclude: ['image'] } })).toEqual(['sell']);
    expect(stems(catalog, { licence: { include: ['unknown'], exclude: [] } })).toEqual(['unknown']);
    expect(stems(catalog, { licence: { include: [], exclude: ['unknown', 'image'] } })).toEqual(['sell']);
  });

  it('P-19: models are filtered by whether they were ever used', () => {
    const used = 'ab'.repeat(32);
    const counts = {
      version: 1,
      countOf: (bucket: string, hash: string) => (bucket === 'loras' && hash === used ? 3 : 0),
    };
    const models = [{ file_path: '/m/a.safetensors', sha256: used }, { file_path: '/m/b.safetensors' }];
    const catalog = catalogWith(models, counts);
    expect(stems(catalog, { usage: 'used' })).toEqual(['a']);
    expect(stems(catalog, { usage: 'unused' })).toEqual(['b']);
    catalog.setDigest('/m/b.safetensors', makeModel({ file_path: '/m/b' }).file, { sha256: used });
    expect(stems(catalog, { usage: 'used' })).toEqual(['a', 'b']);
  });
});
