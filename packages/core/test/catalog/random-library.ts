import fc from 'fast-check';
import { BitSet } from '../../src/catalog/bit-set.js';
import { ModelCatalog } from '../../src/catalog/model-catalog.js';
import type { ModelFilter } from '../../src/catalog/model-filter.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { makeModel } from './make-model.js';
import type { NaiveLibrary } from './naive-query.js';

const word = fc.constantFrom(
  'alpha',
  'Alpha',
  'beta 2',
  'beta 10',
  'Ünï',
  '東京',
  '🎨 art',
  '_dup',
  '1gamma',
  'z',
  'ßeta',
  '',
  'wan i2v HIGH',
);
const tag = fc.constantFrom('style', 'Style', ' anime ', 'photo', '日本', 'turbo', 'alpah', '__no_tags__');
const stem = fc.constantFrom('f1', 'f2', 'F1', 'f1-1234', 'f1 (1)', 'f1 copy', 'beta2', '日本', 'x.y', 'gamma');
const extension = fc.constantFrom('safetensors', 'ckpt', 'gguf');
const folder = fc.constantFrom('', 'a', 'a/b', 'ab', 'ä', 'a/b/c', 'A');
const base = fc.constantFrom('', 'Flux.1 D', 'Pony', 'pony', 'Wan Video 2.2');
const digestOf = (n: number): string => String(n).repeat(64);

/** A model out of few names, folders and values, so that everything clashes. */
export const model: fc.Arbitrary<ScannedModel> = fc
  .record({
    root: fc.constantFrom('loras-0', 'loras-1'),
    name: word,
    stem,
    extension,
    folder,
    tags: fc.array(tag, { maxLength: 3 }),
    base,
    size: fc.integer({ min: 0, max: 4 }),
    modified: fc.integer({ min: 0, max: 3 }),
    favorite: fc.boolean(),
    level: fc.constantFrom(0, 1, 2, 4, 8),
    hash: fc.integer({ min: 0, max: 5 }),
    computed: fc.boolean(),
    autov3: fc.constantFrom(null, '', '0123456789ab'),
    licence: fc.option(fc.integer({ min: 0, max: 127 })),
    subType: fc.constantFrom(undefined, 'LoCon', 'dora'),
    remote: fc.option(
      fc.record(
        {
          id: fc.integer({ min: 1, max: 4 }),
          modelId: fc.integer({ min: 1, max: 3 }),
          name: fc.constantFrom('v1', 'turbo'),
          creator: fc.record({ username: fc.constantFrom('Ann', 'bob') }),
        },
        { requiredKeys: [] },
      ),
    ),
    repository: fc.constantFrom('', '', 'https://huggingface.co/o/r/tree/main', 'https://elsewhere/o/r'),
  })
  .map((m): ScannedModel => {
    const top = m.root === 'loras-0' ? '/m' : '/m2';
    return makeModel(
      {
        file_path: [top, ...(m.folder === '' ? [] : [m.folder]), `${m.stem}.${m.extension}`].join('/'),
        file_name: m.stem,
        model_name: m.name,
        folder: m.folder,
        tags: m.tags,
        base_model: m.base,
        size: m.size,
        modified: m.modified,
        favorite: m.favorite,
        preview_nsfw_level: m.level,
        sha256: m.hash === 0 ? '' : digestOf(m.hash),
        autov3: m.autov3,
        license_flags: m.licence,
        ...(m.subType === undefined ? {} : { sub_type: m.subType }),
        civitai: m.remote,
        hf_url: m.repository,
      },
      { root: m.root, digest: m.hash === 0 ? 'none' : m.computed ? 'computed' : 'stated' },
    );
  });

const path = fc.constantFrom('', ' ', 'a', 'ab', 'a/', 'a/b', 'a/b/', 'ä', '/');
const term = fc.constantFrom(
  'unknown' as const,
  'no-credit' as const,
  'image' as const,
  'rentcivit' as const,
  'rent' as const,
  'sell' as const,
  'derivatives' as const,
  'different-license' as const,
);

/** A filter of a few parts. */
export const filter: fc.Arbitrary<ModelFilter> = fc
  .record({
    safeContentOnly: fc.boolean(),
    favoritesOnly: fc.boolean(),
    folder: fc.record({ path, recursive: fc.boolean() }),
    folderInclude: fc.record({ paths: fc.array(path, { maxLength: 2 }), recursive: fc.boolean() }),
    folderExclude: fc.array(path, { maxLength: 2 }),
    baseModels: fc.array(base, { maxLength: 2 }),
    subTypes: fc.array(fc.constantFrom('locon', 'LORA', 'dora'), { maxLength: 2 }),
    tags: fc.record({
      include: fc.array(fc.oneof(tag, fc.constant(' ')), { maxLength: 3 }),
      exclude: fc.array(tag, { maxLength: 1 }),
      logic: fc.constantFrom('any' as const, 'all' as const),
    }),
    autoTags: fc.record({
      include: fc.array(fc.constantFrom('I2V', 'i2v', 'HIGH', 'Turbo'), { maxLength: 2 }),
      exclude: fc.array(fc.constantFrom('Turbo', 'I2V'), { maxLength: 1 }),
    }),
    search: fc.record({
      text: fc.constantFrom('', ' ', 'A', 'l', 'eta 1', 'ANIME', 'bo', 'f1', 'ÜN', 'gama', 'alpah', '東'),
      fuzzy: fc.boolean(),
      fileName: fc.boolean(),
      modelName: fc.boolean(),
      tags: fc.boolean(),
      creator: fc.boolean(),
    }),
    firstLetter: fc.constantFrom('', 'a', 'Z', '#', '@', '漢', 'ü', 'ß', '東', '🎨', 'SSS'),
    creditRequired: fc.boolean(),
    allowSelling: fc.boolean(),
    licence: fc.record({ include: fc.array(term, { maxLength: 2 }), exclude: fc.array(term, { maxLength: 1 }) }),
    usage: fc.constantFrom('used' as const, 'unused' as const),
    hashes: fc.array(fc.constantFrom(digestOf(1), digestOf(2), '0123456789ab', '1111111111'), { maxLength: 2 }),
    updateAvailableOnly: fc.boolean(),
    names: fc.constant(undefined),
  })
  .chain((parts) =>
    // All parts at once would match nothing: most filters have one or two.
    fc
      .subarray(Object.keys(parts), { maxLength: 3 })
      .map((kept): ModelFilter => Object.fromEntries(Object.entries(parts).filter(([part]) => kept.includes(part)))),
  );

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('upsert' as const), models: fc.array(model, { maxLength: 10 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.array(fc.nat(20), { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('digest' as const),
      at: fc.nat(20),
      hash: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('use' as const), hash: fc.integer({ min: 1, max: 5 }) }) },
);

/** Changes in any order. */
export const steps = fc.array(step, { maxLength: 8 });

const roots = [
  { id: 'loras-0', path: '/m', subType: null },
  { id: 'loras-1', path: '/m2', subType: null },
];

/** The engine and the plain truth about it, after the same changes. */
export interface Played {
  readonly catalog: ModelCatalog;
  readonly library: NaiveLibrary;
}

/** Plays changes on a catalog and on a plain map. @param each Called after every change. */
export function play(
  changes: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  each?: (played: Played) => void,
): Played {
  const counts = new Map<string, number>();
  const usage = {
    version: 0,
    countOf: (bucket: string, sha256: string): number => (bucket === 'loras' ? (counts.get(sha256) ?? 0) : 0),
  };
  const catalog = new ModelCatalog({ modelType: lora, roots, nameDisplay: 'model_name', usage });
  const truth = new Map<string, ScannedModel>();
  const played = (): Played => ({
    catalog,
    library: { models: [...truth.values()], usageOf: (sha256) => counts.get(sha256) ?? 0 },
  });
  for (const change of changes) {
    if (change.kind === 'upsert') {
      catalog.upsert(change.models);
      for (const scanned of change.models) truth.set(scanned.entry.file_path, scanned);
    } else if (change.kind === 'remove') {
      const paths = change.at.flatMap((at) => [...truth.keys()][at] ?? []);
      catalog.remove(paths);
      for (const each of paths) truth.delete(each);
    } else if (change.kind === 'digest') {
      const found = [...truth.values()][change.at];
      if (found === undefined) continue;
      const sha256 = digestOf(change.hash);
      catalog.setDigest(found.entry.file_path, found.file, { sha256 });
      const entry = { ...found.entry, sha256, hash_status: 'completed' as const };
      truth.set(entry.file_path, { ...found, digest: 'computed', entry });
    } else {
      counts.set(digestOf(change.hash), (counts.get(digestOf(change.hash)) ?? 0) + 1);
      usage.version++;
    }
    each?.(played());
  }
  return played();
}

/** The models with these paths as ids of a catalog. */
export function idsOf(catalog: ModelCatalog, paths: Iterable<string>): BitSet {
  return BitSet.of(Array.from(paths).flatMap((each) => catalog.recordOf(each)?.id ?? []));
}
