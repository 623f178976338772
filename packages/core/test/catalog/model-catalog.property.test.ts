import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { naturalKey, plainKey } from '../../src/catalog/natural-key.js';
import type { ModelFilter } from '../../src/catalog/model-filter.js';
import type { SortKey } from '../../src/catalog/model-sort.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';
import { compareCodePoints, compareNatural, naiveMatch, naiveSort } from './naive-query.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const word = fc.constantFrom('alpha', 'Alpha', 'beta 2', 'beta 10', 'Ünï', '東京', '🎨 art', '_dup', '1gamma', 'z');
const tag = fc.constantFrom('style', 'Style', ' anime ', 'photo', '日本');
const model = fc
  .record({
    name: word,
    file: fc.integer({ min: 0, max: 30 }),
    folder: fc.constantFrom('', 'a', 'a/b', 'ab', 'ä'),
    tags: fc.array(tag, { maxLength: 3 }),
    base: fc.constantFrom('', 'Flux.1 D', 'Pony', 'pony'),
    size: fc.integer({ min: 0, max: 4 }),
    modified: fc.integer({ min: 0, max: 3 }),
    favorite: fc.boolean(),
    level: fc.constantFrom(0, 1, 2, 4, 8),
    creator: fc.option(fc.constantFrom('Ann', 'bob'), { nil: undefined }),
  })
  .map(({ name, file, folder, tags, base, size, modified, favorite, level, creator }): ScannedModel =>
    makeModel({
      file_path: `/m/${folder === '' ? '' : `${folder}/`}f${String(file)}.safetensors`,
      model_name: name,
      folder,
      tags,
      base_model: base,
      size,
      modified,
      favorite,
      preview_nsfw_level: level,
      sha256: String(file % 5).repeat(64),
      civitai: creator === undefined ? null : { creator: { username: creator } },
    }),
  );

const filter: fc.Arbitrary<ModelFilter> = fc.record(
  {
    safeContentOnly: fc.boolean(),
    favoritesOnly: fc.boolean(),
    folder: fc.record({ path: fc.constantFrom('', 'a', 'ab', 'a/'), recursive: fc.boolean() }),
    baseModels: fc.array(fc.constantFrom('Pony', 'Flux.1 D'), { maxLength: 2 }),
    tags: fc.record({
      include: fc.array(fc.oneof(tag, fc.constantFrom('__no_tags__', ' ')), { maxLength: 2 }),
      exclude: fc.array(fc.oneof(tag, fc.constant('__no_tags__')), { maxLength: 1 }),
      logic: fc.constantFrom('any' as const, 'all' as const),
    }),
    search: fc.record({
      text: fc.constantFrom('', 'A', 'l', 'eta 1', 'ANIME', 'bo', 'f1', 'ÜN'),
      fileName: fc.boolean(),
      modelName: fc.boolean(),
      tags: fc.boolean(),
      creator: fc.boolean(),
    }),
  },
  { requiredKeys: [] },
);

const step = fc.oneof(
  fc.record({ kind: fc.constant('upsert' as const), models: fc.array(model, { maxLength: 8 }) }),
  fc.record({ kind: fc.constant('remove' as const), files: fc.array(model, { maxLength: 4 }) }),
);

function play(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) {
  const catalog = new ModelCatalog([], 'model_name');
  const oracle = new Map<string, ScannedModel>();
  for (const each of steps) {
    if (each.kind === 'upsert') {
      catalog.upsert(each.models);
      for (const scanned of each.models) oracle.set(scanned.entry.file_path, scanned);
    } else {
      catalog.remove(each.files.map(({ entry }) => entry.file_path));
      for (const { entry } of each.files) oracle.delete(entry.file_path);
    }
  }
  return { catalog, entries: [...oracle.values()].map(({ entry }) => entry) };
}

describe('the catalog against a naive oracle', () => {
  it('concatenating all pages of an unchanged catalog yields every matching model exactly once, in order', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 6 }),
        filter,
        fc.constantFrom<SortKey>('name', 'date', 'size'),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        (steps, wanted, key, descending, pageSize) => {
          const { catalog, entries } = play(steps);
          const expected = naiveSort(entries, key, descending)
            .filter((entry) => naiveMatch(entry, wanted))
            .map(({ file_path }) => file_path);
          const listed: string[] = [];
          for (let page = 1; page <= Math.ceil(expected.length / pageSize) + 1; page++) {
            const found = catalog.query({ filter: wanted, sort: { key, descending, seed: '' }, page, pageSize });
            expect(found.total).toBe(expected.length);
            listed.push(...found.records.map(({ entry }) => entry.file_path));
          }
          expect(listed).toEqual(expected);
        },
      ),
      { numRuns: runs },
    );
  });

  it('a random order holds every model once and depends on the seed and the paths only', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), fc.string(), (steps, seed) => {
        const { catalog, entries } = play(steps);
        const again = new ModelCatalog([], 'model_name');
        again.upsert(entries.map((entry) => makeModel(entry)));
        const order = (from: ModelCatalog): string[] =>
          from
            .query({ filter: {}, sort: { key: 'random', descending: false, seed }, page: 1, pageSize: 100 })
            .records.map(({ entry }) => entry.file_path);
        expect(order(catalog)).toEqual(order(again));
        expect(order(catalog).sort()).toEqual(entries.map(({ file_path }) => file_path).sort());
      }),
      { numRuns: runs },
    );
  });

  it('entries, path map, hash index, counts, folders and sorted orders agree after every change', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 10 }), (steps) => {
        const { catalog, entries } = play(steps);
        expect(catalog.size).toBe(entries.length);
        const count = (values: readonly string[]): Record<string, number> =>
          values.reduce<Record<string, number>>(
            (counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }),
            {},
          );
        const ranked = (values: readonly { value: string; count: number }[]): Record<string, number> =>
          Object.fromEntries(values.map(({ value, count: number }) => [value, number]));
        expect(ranked(catalog.rankedTags())).toEqual(count(entries.flatMap(({ tags }) => tags)));
        expect(ranked(catalog.rankedBaseModels())).toEqual(
          count(entries.map((e) => e.base_model).filter((b) => b !== '')),
        );
        expect([...catalog.folders()].sort()).toEqual([...new Set(entries.map(({ folder }) => folder))].sort());
        for (const entry of entries) {
          expect(catalog.find(entry.file_path)).toEqual(entry);
          for (const hash of [entry.sha256, entry.sha256.slice(0, 10)]) {
            const same = entries.filter(({ sha256 }) => sha256 === entry.sha256);
            expect(new Set(catalog.findByHash(hash).map(({ file_path }) => file_path))).toEqual(
              new Set(same.map(({ file_path }) => file_path)),
            );
          }
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('sort keys', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.stringMatching(/^[a-c0-9 _]{0,8}$/));

  it('compare like the natural order', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [a.replaceAll('\0', ''), b.replaceAll('\0', '')];
        const keyed = naturalKey(x) < naturalKey(y) ? -1 : naturalKey(x) > naturalKey(y) ? 1 : 0;
        expect(keyed).toBe(Math.sign(compareNatural(x, y)));
      }),
      { numRuns: runs * 5 },
    );
  });

  it('compare like code points', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const keyed = plainKey(a) < plainKey(b) ? -1 : plainKey(a) > plainKey(b) ? 1 : 0;
        expect(keyed).toBe(Math.sign(compareCodePoints(a, b)));
      }),
      { numRuns: runs * 5 },
    );
  });

  it('put digits before letters and numbers by value', () => {
    const names = ['Alpha 10', 'alpha 2', '_dup', '1gamma'].map((name) => name.toLowerCase());
    const sorted = [...names].sort((a, b) => (naturalKey(a) < naturalKey(b) ? -1 : 1));
    expect(sorted).toEqual(['1gamma', '_dup', 'alpha 2', 'alpha 10']);
  });
});
