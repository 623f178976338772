import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import { compareNaturally, leadingRanks, naturalKey, plainKey } from '../../src/catalog/natural-key.js';
import type { SortKey } from '../../src/catalog/model-sort.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { makeModel } from './make-model.js';
import { naiveConflicts, naiveDuplicates, naiveRelativePaths, naiveTree } from './naive-lists.js';
import { compareCodePoints, compareNatural, naiveLetterCounts, naiveQuery } from './naive-query.js';
import { filter, idsOf, model, play, steps, type Played } from './random-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const query = fc.record(
  {
    filter,
    sort: fc.record({
      key: fc.constantFrom<SortKey>('name', 'date', 'size', 'usage', 'versions_count', 'added'),
      descending: fc.boolean(),
      seed: fc.constant(''),
    }),
    grouping: fc.constantFrom(undefined, 'same_base' as const, 'model' as const),
    group: fc.constantFrom(undefined, undefined, 1, 2, 'hf:o/r', 'x'),
    versions: fc.constantFrom(undefined, 'model' as const),
  },
  { requiredKeys: ['filter', 'sort'] },
);

const isName = fc.func(fc.boolean());

describe('the catalog against a naive oracle', () => {
  it('concatenating all pages of an unchanged catalog yields every matching model exactly once, in order', () => {
    fc.assert(
      fc.property(steps, query, fc.integer({ min: 1, max: 7 }), (changes, wanted, pageSize) => {
        const { catalog, library } = play(changes);
        const expected = naiveQuery(library, wanted);
        const listed: { path: string; versionCount: number | null }[] = [];
        for (let page = 1; page <= Math.ceil(expected.length / pageSize) + 1; page++) {
          const found = catalog.query({ ...wanted, page, pageSize });
          expect(found.total).toBe(expected.length);
          expect(found.versionCounts).toHaveLength(found.records.length);
          for (const [at, { entry }] of found.records.entries()) {
            listed.push({ path: entry.file_path, versionCount: found.versionCounts[at] ?? null });
          }
        }
        expect(listed).toEqual(expected);
      }),
      { numRuns: runs * 4 },
    );
  });

  it('names that pass the patterns narrow like any other filter', () => {
    fc.assert(
      fc.property(steps, filter, isName, (changes, wanted, passes) => {
        const { catalog, library } = play(changes);
        const names = new Set(library.models.map(({ entry }) => entry.file_path).filter((path) => passes(path)));
        const ids = idsOf(catalog, names);
        const sort = { key: 'name', descending: false, seed: '' } as const;
        const narrowed = { ...wanted, names: ids };
        const expected = naiveQuery({ ...library, names }, { filter: narrowed, sort }).map(({ path }) => path);
        expect(catalog.select(narrowed).map(({ entry }) => entry.file_path)).toEqual(expected);
        expect([...ids]).toEqual([...idsOf(catalog, names)]);
      }),
      { numRuns: runs },
    );
  });

  it('a random order holds every model once and depends on the seed and the paths only', () => {
    fc.assert(
      fc.property(steps, fc.string(), (changes, seed) => {
        const { catalog, library } = play(changes);
        const again = new ModelCatalog({ modelType: lora, roots: [], nameDisplay: 'model_name' });
        again.upsert(library.models);
        const order = (from: ModelCatalog): string[] =>
          from
            .query({ filter: {}, sort: { key: 'random', descending: false, seed }, page: 1, pageSize: 100 })
            .records.map(({ entry }) => entry.file_path);
        expect(order(catalog)).toEqual(order(again));
        expect(order(catalog).sort()).toEqual(library.models.map(({ entry }) => entry.file_path).sort());
      }),
      { numRuns: runs },
    );
  });

  it('entries, path map, hash index, counts, folders, filters and sorted orders agree after every change', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        play(changes, agree);
      }),
      { numRuns: runs },
    );
  });

  it('whoever looks sees the index as if every record had been entered when it came', () => {
    const look = fc.option(query, { nil: undefined, freq: 2 });
    fc.assert(
      fc.property(steps, fc.array(look, { minLength: 8, maxLength: 8 }), (changes, looks) => {
        let at = 0;
        const last = play(changes, ({ catalog, library }) => {
          const wanted = looks[at++];
          if (wanted === undefined) return;
          const listed = catalog.query({ ...wanted, page: 1, pageSize: 100 });
          expect(listed.records.map(({ entry }) => entry.file_path)).toEqual(
            naiveQuery(library, wanted).map(({ path }) => path),
          );
        });
        agree(last);
      }),
      { numRuns: runs * 2 },
    );
  });

  it('the sum of tag counts equals the number of (entry, tag) pairs in the cache after any sequence of scans and mutations', () => {
    fc.assert(
      fc.property(steps, (changes) => {
        play(changes, ({ catalog, library }) => {
          const sum = catalog.rankedTags().reduce((total, { count }) => total + count, 0);
          expect(sum).toBe(library.models.reduce((total, { entry }) => total + entry.tags.length, 0));
        });
      }),
      { numRuns: runs },
    );
  });

  it('find-duplicates never returns a group with fewer than two models; find-filename-conflicts never returns an empty group', () => {
    fc.assert(
      fc.property(steps, filter, (changes, wanted) => {
        const { catalog, library } = play(changes);
        const groups = catalog.duplicates(wanted);
        for (const { records } of groups) expect(records.length).toBeGreaterThan(1);
        const duplicates = groups.map(({ hash, records }) => [hash, records.map(({ entry }) => entry.file_path)]);
        expect(Object.fromEntries(duplicates)).toEqual(naiveDuplicates(library, wanted));
        expect(duplicates).toHaveLength(new Set(duplicates.map(([hash]) => hash)).size);
        const conflicts = catalog.nameConflicts();
        for (const { records } of conflicts) expect(records.length).toBeGreaterThan(1);
        const paths = conflicts.map(({ fileName, records }) => [
          fileName,
          records.map(({ entry }) => entry.file_path).sort(),
        ]);
        const expected = Object.entries(naiveConflicts(library)).map(([name, each]) => [name, [...each].sort()]);
        expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(expected));
      }),
      { numRuns: runs },
    );
  });

  it('relative paths contain all words and none of the unwanted ones, best match first', () => {
    const words = fc.constantFrom(
      'a',
      'f',
      'f1',
      '-f1',
      '/',
      'b/f',
      'a/b/',
      '-',
      '.',
      'gguf',
      '-gguf',
      '日',
      'safe',
      'ä',
    );
    const search = fc.array(words, { maxLength: 3 }).map((each) => each.join(' '));
    const range = fc.record({ limit: fc.integer({ min: 0, max: 6 }), offset: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(
        steps,
        search,
        fc.option(filter, { nil: undefined }),
        range,
        (changes, text, wanted, { limit, offset }) => {
          const { catalog, library } = play(changes);
          const asked = { search: text, filter: wanted, limit, offset };
          expect(catalog.relativePaths(asked)).toEqual(naiveRelativePaths(library, asked));
        },
      ),
      { numRuns: runs * 2 },
    );
  });
});

function agree({ catalog, library: { models } }: Played): void {
  const entries = models.map(({ entry }) => entry);
  expect(catalog.size).toBe(entries.length);
  expect([...catalog.entries()]).toEqual(entries);
  const count = (values: readonly string[]): Record<string, number> =>
    values.reduce<Record<string, number>>((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});
  const ranked = (values: readonly { value: string; count: number }[]): Record<string, number> =>
    Object.fromEntries(values.map(({ value, count: number }) => [value, number]));
  expect(ranked(catalog.rankedTags())).toEqual(count(entries.flatMap(({ tags }) => tags)));
  expect(ranked(catalog.rankedBaseModels())).toEqual(count(entries.map((e) => e.base_model).filter((b) => b !== '')));
  expect(ranked(catalog.rankedSubTypes())).toEqual(count(entries.map((e) => (e.sub_type ?? 'lora').toLowerCase())));
  expect([...catalog.folders()].sort()).toEqual([...new Set(entries.map(({ folder }) => folder))].sort());
  for (const root of [undefined, 'loras-0', 'loras-1']) {
    expect(catalog.folderTree(root)).toEqual(naiveTree({ models, usageOf: () => 0 }, root));
  }
  expect(catalog.letterCounts()).toEqual(naiveLetterCounts(entries));
  expect(catalog.pendingDigests().map(({ path }) => path)).toEqual(
    entries.filter(({ sha256 }) => sha256 === '').map((each) => each.file_path),
  );
  const suspects = models.filter(
    ({ digest, entry }) =>
      digest === 'stated' && entries.some((e) => e.sha256 === entry.sha256 && e.file_path !== entry.file_path),
  );
  expect(new Set(catalog.suspects().map(({ path }) => path))).toEqual(
    new Set(suspects.map(({ entry }) => entry.file_path)),
  );
  for (const entry of entries) {
    expect(catalog.find(entry.file_path)).toEqual(entry);
    for (const hash of entry.sha256 === '' ? [] : [entry.sha256, entry.sha256.slice(0, 10)]) {
      const same = entries.filter(({ sha256 }) => sha256 === entry.sha256);
      expect(new Set(catalog.findByHash(hash).map(({ file_path }) => file_path))).toEqual(
        new Set(same.map(({ file_path }) => file_path)),
      );
    }
  }
}

describe('records', () => {
  it('a model that is entered again unchanged changes nothing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(model, { selector: ({ entry }) => entry.file_path }), (models) => {
        const catalog = new ModelCatalog({ modelType: lora, roots: [], nameDisplay: 'file_name' });
        expect(catalog.upsert(models)).toBe(models.length);
        const { version } = catalog;
        expect(catalog.upsert(models.map((each) => makeModel({ ...each.entry }, each)))).toBe(0);
        expect(catalog.version).toBe(version);
      }),
      { numRuns: runs },
    );
  });
});

describe('sort keys', () => {
  const text = fc
    .oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.stringMatching(/^[a-c0-9 _]{0,8}$/))
    .map((each) => each.replaceAll('\0', ''));
  const orderOf = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

  it('compare like the natural order', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(orderOf(naturalKey(a), naturalKey(b))).toBe(Math.sign(compareNatural(a, b)));
        expect(Math.sign(compareNaturally(a, b))).toBe(Math.sign(compareNatural(a, b)));
      }),
      { numRuns: runs * 5 },
    );
  });

  it('compare like code points', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(orderOf(plainKey(a), plainKey(b))).toBe(Math.sign(compareCodePoints(a, b)));
      }),
      { numRuns: runs * 5 },
    );
  });

  it('a smaller leading rank means a smaller text', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const [x, y] = [leadingRanks(a), leadingRanks(b)];
        const ranks = Math.sign(x[0] - y[0] || x[1] - y[1]);
        expect([0, orderOf(a, b)]).toContain(ranks);
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
