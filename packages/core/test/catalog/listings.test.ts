import { afterEach, describe, expect, it, vi } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { parseSort } from '../../src/catalog/model-sort.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';

const roots = [
  { id: 'loras-0', path: '/a/lora', subType: null },
  { id: 'loras-1', path: '/a/lora2', subType: null },
];

function catalogOf(models: readonly ScannedModel[]): ModelCatalog {
  const catalog = new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name' });
  catalog.upsert(models);
  return catalog;
}

const paths = (records: readonly ScannedModel[]): string[] => records.map(({ entry }) => entry.file_path);

afterEach(() => {
  vi.restoreAllMocks();
});

describe('listings', () => {
  it('page and page_size select items (page-1)*size .. page*size-1 of the filtered, sorted list; concatenating all pages of an unchanged cache yields every entry exactly once, for every sort key including a fixed random seed', () => {
    const catalog = catalogOf(
      Array.from({ length: 50 }, (_, at) =>
        makeModel({ file_path: `/a/lora/m${String(at % 7)} ${String(at)}.safetensors` }),
      ),
    );
    for (const key of ['name', 'date:desc', 'size', 'usage', 'versions_count', 'random:7', 'whatever']) {
      const listed: string[] = [];
      for (let page = 1; page <= 8; page++) {
        const found = catalog.query({ filter: {}, sort: parseSort(key), page, pageSize: 7 });
        listed.push(...paths(found.records));
      }
      expect(listed).toHaveLength(50);
      expect(new Set(listed).size).toBe(50);
    }
  });

  it('R-W25: alternating sorts and filters neither sort again nor look at every model', () => {
    const tags = ['a', 'b', 'c', 'd'];
    const models = Array.from({ length: 800 }, (_, at) =>
      makeModel({ file_path: `/a/lora/${String(at)}.safetensors`, modified: at % 13, tags: [tags[at % 4] ?? ''] }),
    );
    const catalog = catalogOf(models);
    const sorted: number[] = [];
    vi.spyOn(Array.prototype, 'sort').mockImplementation(function (this: unknown[]) {
      sorted.push(this.length);
      return this;
    });
    const tested = vi.spyOn(RegExp.prototype, 'test');
    const filtered = vi.spyOn(Array.prototype, 'filter');
    for (let round = 0; round < 20; round++) {
      for (const key of ['name', 'date', 'size:desc']) {
        const tagFilter = { include: [tags[round % 4] ?? ''], exclude: [], logic: 'any' as const };
        const { total, records } = catalog.query({
          filter: { tags: tagFilter },
          sort: parseSort(key),
          page: 2,
          pageSize: 10,
        });
        if (total !== 200 || records.length !== 10) throw new Error(`${String(total)} of ${String(records.length)}`);
      }
    }
    const lengths = filtered.mock.contexts.map((list) => (Array.isArray(list) ? list.length : 0));
    vi.restoreAllMocks();
    expect(sorted).toEqual([]);
    expect(tested).not.toHaveBeenCalled();
    expect(Math.max(0, ...lengths)).toBeLessThan(10);
  });

  it('a group is judged by its newest member, before the filters', () => {
    const version = (id: number, base_model: string, tags: string[]) =>
      makeModel({ file_path: `/a/lora/v${String(id)}.safetensors`, base_model, tags, civitai: { id, modelId: 7 } });
    const catalog = catalogOf([
      version(1, 'Pony', ['old']),
      version(2, 'Pony', []),
      version(3, 'SDXL', []),
      makeModel({ file_path: '/a/lora/alone.safetensors' }),
    ]);
    const list = (filter: object, grouping: 'same_base' | 'model') =>
      catalog.query({ filter, sort: parseSort('name'), page: 1, pageSize: 9, grouping });
    const byBase = list({}, 'same_base');
    expect(byBase.records.map(({ entry }) => entry.file_name)).toEqual(['v2', 'v3', 'alone']);
    expect(byBase.versionCounts).toEqual([2, 1, null]);
    expect(list({}, 'model')).toMatchObject({ total: 2, versionCounts: [3, null] });
    expect(list({ tags: { include: ['old'], exclude: [], logic: 'any' } }, 'same_base').total).toBe(0);
    const versions = catalog.query({ filter: {}, sort: parseSort('name'), page: 1, pageSize: 9, group: 7 });
    expect(versions.records.map(({ entry }) => entry.file_name)).toEqual(['v3', 'v2', 'v1']);
  });
});

describe('folders and relative paths', () => {
  const catalog = catalogOf([
    makeModel({ file_path: '/a/lora/x/y/m.safetensors', folder: 'x/y' }),
    makeModel({ file_path: '/a/lora2/b/y.safetensors', folder: 'b' }, { root: 'loras-1' }),
    makeModel({ file_path: '/a/lora2/__proto__/z.safetensors', folder: '__proto__' }, { root: 'loras-1' }),
  ]);

  it('R-W12: the folder tree of a root holds the folders of that root only', () => {
    expect(catalog.folderTree('loras-0')).toEqual({ x: { y: {} } });
    expect(Object.keys(catalog.folderTree('loras-1')).sort()).toEqual(['__proto__', 'b']);
    expect(Object.keys(catalog.folderTree()).sort()).toEqual(['__proto__', 'b', 'x']);
    expect(catalog.folderTree('loras-9')).toEqual({});
  });

  it('R-W30: paths are relative to the root of their own model, by whole components', () => {
    const find = (search: string): readonly string[] =>
      catalog.relativePaths({ search, filter: undefined, limit: 15, offset: 0 });
    expect(find('y')).toEqual(['b/y.safetensors', 'x/y/m.safetensors']);
    expect(find('y -m')).toEqual(['b/y.safetensors']);
    expect(find('safetensors')).toEqual([]);
  });
});

describe('models that share something', () => {
  const sha256 = 'ab'.repeat(32);
  const file = (name: string, entry: object = {}, digest: 'computed' | 'stated' = 'computed') =>
    makeModel({ file_path: `/a/lora/${name}.safetensors`, sha256, ...entry }, { digest });

  it('P-1: only digests that were computed from the bytes make duplicates', () => {
    const catalog = catalogOf([file('one'), file('two', {}, 'stated')]);
    expect(catalog.duplicates({})).toEqual([]);
    expect(catalog.suspects().map(({ path }) => path)).toEqual(['/a/lora/two.safetensors']);
    const two = catalog.recordOf('/a/lora/two.safetensors');
    if (two === undefined) throw new Error('no record');
    expect(catalog.setDigest(two.entry.file_path, two.file, { sha256, autov3: '0123456789ab' })).toBe(true);
    expect(catalog.duplicates({}).map(({ records }) => paths(records))).toHaveLength(1);
    expect(catalog.suspects()).toEqual([]);
    expect(catalog.find(two.entry.file_path)).toMatchObject({ autov3: '0123456789ab', hash_status: 'completed' });
  });

  it('R-W13: duplicates are narrowed as listings are, and a numbered name is a copy', () => {
    const catalog = catalogOf([
      file('ink-1234', { tags: ['Style'], folder: 'char', sub_type: 'LoCon' }),
      file('ink copy', { tags: ['style'], folder: 'char', sub_type: 'locon' }),
      file('ink (1)', { tags: ['style'], folder: 'char/x' }),
      file('ink', { tags: ['other'], folder: 'character' }),
    ]);
    const names = (filter: object): (string[] | undefined)[] =>
      catalog.duplicates(filter).map(({ records }) => records.map(({ entry }) => entry.file_name));
    expect(names({})).toEqual([['ink', 'ink (1)', 'ink copy', 'ink-1234']]);
    expect(names({ subTypes: ['locon'] })).toEqual([['ink copy', 'ink-1234']]);
    expect(names({ tags: { include: ['STYLE'], exclude: [], logic: 'all' } })).toEqual([
      ['ink (1)', 'ink copy', 'ink-1234'],
    ]);
    expect(names({ folder: { path: 'char', recursive: true } })).toEqual([['ink (1)', 'ink copy', 'ink-1234']]);
    expect(names({ folder: { path: 'character', recursive: true } })).toEqual([]);
  });

  it('R-W26: finding duplicates and conflicts and removing models takes look-ups, not walks', () => {
    const lookUps = (groups: number): number => {
      const pairs = Array.from({ length: groups }, (_, at) =>
        ['x', 'y'].map((folder) =>
          file(`${folder}/m${String(at)}`, {
            folder,
            file_name: `m${String(at)}`,
            sha256: String(at).padStart(64, '0'),
          }),
        ),
      ).flat();
      const catalog = catalogOf(pairs);
      const gets = vi.spyOn(Map.prototype, 'get');
      const has = vi.spyOn(Array.prototype, 'includes');
      const found = catalog.duplicates({}).length + catalog.nameConflicts().length;
      catalog.remove(paths(pairs.slice(0, groups)));
      const calls = gets.mock.calls.length + has.mock.calls.length;
      vi.restoreAllMocks();
      expect(found).toBe(2 * groups);
      expect(catalog.size).toBe(groups);
      return calls;
    };
    expect(lookUps(400)).toBeLessThan(lookUps(100) * 6);
  });
});
