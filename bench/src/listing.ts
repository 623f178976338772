// Milliseconds per query of the catalog, beside filter, sort and slice over plain arrays in the same run
// (bench/README.md). Every call asks something else, so that no cache answers it.
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ModelCatalog } from '../../packages/core/src/catalog/model-catalog.js';
import type { ModelQuery } from '../../packages/core/src/catalog/listing-queries.js';
import { lora } from '../../packages/core/src/model-types/built-in-model-types.js';
import type { ScannedModel } from '../../packages/core/src/shapes/scan.js';
import { naiveRelativePaths } from '../../packages/core/test/catalog/naive-lists.js';
import { naiveQuery, type NaiveLibrary } from '../../packages/core/test/catalog/naive-query.js';
import { nameWords, randomNumbers, scannedRows } from './listing-rows.js';
import { machineLine } from './machine.js';
import { median, percentile, whole } from './statistics.js';
import { table } from './table.js';

const BATCH = 250;
const CALLS = 300;
const NAIVE_CALLS = 3;
const PAGE_SIZE = 100;
/** Above it the plain way takes minutes. */
const MOST_NAIVE = 100_000;

interface Filled {
  readonly catalog: ModelCatalog;
  readonly models: readonly ScannedModel[];
  readonly total: number;
  readonly slowestBatch: number;
  readonly heap: number;
  readonly rss: number;
}

interface QueryKind {
  readonly name: string;
  /** Aim for the median at 100,000 models, milliseconds. */
  readonly aim: number | undefined;
  readonly ask: (filled: Filled, call: number) => unknown;
  readonly naively?: (library: NaiveLibrary, call: number) => unknown;
}

const MIB = 1024 * 1024;

function collectGarbage(): void {
  globalThis.gc?.();
}

async function fill(models: number): Promise<Filled> {
  collectGarbage();
  const before = process.memoryUsage();
  const catalog = new ModelCatalog({
    modelType: lora,
    roots: [{ id: 'loras-0', path: '/srv/models/loras', subType: null }],
    nameDisplay: 'model_name',
  });
  const times: number[] = [];
  for (const rows of scannedRows(models, BATCH)) {
    const start = performance.now();
    catalog.upsert(rows);
    times.push(performance.now() - start);
    await setImmediate();
  }
  const begun = performance.now();
  await catalog.settle();
  times.push(performance.now() - begun);
  const slowestBatch = Math.max(...times.slice(0, -1));
  // Searches are answered meanwhile, only slower.
  await catalog.settleIndexes();
  collectGarbage();
  const after = process.memoryUsage();
  return {
    catalog,
    models: [...catalog.records()],
    total: times.reduce((sum, time) => sum + time, 0),
    slowestBatch,
    heap: (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / MIB,
    rss: (after.rss - before.rss) / MIB,
  };
}

const random = randomNumbers(99);
const word = (call: number): string => nameWords[call % nameWords.length] ?? '';
const other = (call: number): string =>
  nameWords[Math.floor(call / nameWords.length + call * 5) % nameWords.length] ?? '';
const everyText = { fileName: true, modelName: true, tags: true, creator: true };
const sorts = ['name', 'date', 'size'] as const;

type Asked = Omit<ModelQuery, 'page' | 'pageSize'>;

const sortOf = (call: number): ModelQuery['sort'] => ({
  key: sorts[call % 3] ?? 'name',
  descending: call % 2 === 0,
  seed: '',
});
const unfiltered = (call: number): Asked => ({ filter: {}, sort: sortOf(call) });
const filtered = (call: number): Asked => ({
  filter: {
    tags: { include: [word(call)], exclude: [], logic: 'any' },
    baseModels: [['SDXL 1.0', 'Pony', 'Flux.1 D', 'Illustrious'][call % 4] ?? ''],
  },
  sort: { key: 'date', descending: true, seed: '' },
});
/** Half of two words, so that no text of a query comes twice soon. */
const searched = (call: number, fuzzy: boolean): Asked => ({
  filter: {
    search: fuzzy
      ? { text: `${word(call).slice(0, -1)}x ${other(call)}`, fuzzy, ...everyText }
      : { text: `${word(call).slice(call % 3)} ${other(call).slice(0, 1 + (call % 4))}`, fuzzy, ...everyText },
  },
  sort: sortOf(call),
});

function listing(
  name: string,
  aim: number | undefined,
  asked: (call: number) => Asked,
  pageOf = (_models: number): number => 1,
): QueryKind {
  return {
    name,
    aim,
    ask: ({ catalog, models }, call) =>
      catalog.query({ ...asked(call), page: pageOf(models.length), pageSize: PAGE_SIZE }),
    naively: (library, call) => naiveQuery(library, asked(call)).slice(0, PAGE_SIZE),
  };
}

const pathSearch = (call: number) => ({
  search: `${word(call).slice(0, 2 + (call % 3))} -${other(call)}`,
  filter: undefined,
  limit: 15,
  offset: 0,
});

function changed({ models }: Filled, call: number): ScannedModel[] {
  const model = models[random(models.length)];
  if (model === undefined) return [];
  const entry = { ...model.entry, model_name: `${word(call)} changed ${String(call)}`, modified: 1_700_000_000 + call };
  return [{ ...model, entry: { ...entry, tags: [...entry.tags, `new ${String(call)}`] } }];
}

const kinds: readonly QueryKind[] = [
  listing('page 1', 0.1, unfiltered),
  listing('deep page', 0.1, unfiltered, (models) => Math.max(1, Math.floor(models / PAGE_SIZE / 2))),
  listing('tag + base model by date', 0.1, filtered),
  listing('tag + base model by date, last page', 0.1, filtered, (models) =>
    Math.max(1, Math.floor(models / PAGE_SIZE / 50)),
  ),
  listing('one model per remote model', undefined, (call) => ({ ...filtered(call), grouping: 'same_base' })),
  listing('plain search', 2, (call) => searched(call, false)),
  listing('fuzzy search', undefined, (call) => searched(call, true)),
  { name: 'top tags', aim: 0.1, ask: ({ catalog }, call) => catalog.rankedTags().slice(0, 20 + (call % 20)) },
  { name: 'search tags', aim: undefined, ask: ({ catalog }, call) => catalog.searchTags(`g ${String(call)}`) },
  { name: 'folder tree', aim: 0.1, ask: ({ catalog }) => catalog.folderTree('loras-0') },
  {
    name: 'relative paths',
    aim: undefined,
    ask: ({ catalog }, call) => catalog.relativePaths(pathSearch(call)),
    naively: (library, call) => naiveRelativePaths(library, pathSearch(call)),
  },
  { name: 'one changed entry', aim: 0.2, ask: (filled, call) => filled.catalog.upsert(changed(filled, call)) },
  {
    name: 'top tags after a change (with it)',
    aim: undefined,
    ask: (filled, call) => {
      filled.catalog.upsert(changed(filled, call + CALLS));
      return filled.catalog.rankedTags();
    },
  },
];

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function measure(kind: QueryKind, filled: Filled): string[] {
  // The first third warms up.
  const times = Array.from({ length: CALLS }, (_, call) => timed(() => kind.ask(filled, call))).slice(CALLS / 3);
  const { models } = filled;
  const library: NaiveLibrary = { models, usageOf: () => 0 };
  const naively = models.length <= MOST_NAIVE ? kind.naively : undefined;
  const naive =
    naively && median(Array.from({ length: NAIVE_CALLS }, (_, call) => timed(() => naively(library, call))));
  const p50 = median(times);
  const isAim = kind.aim !== undefined && models.length === 100_000;
  return [
    whole(models.length),
    kind.name,
    p50.toFixed(3),
    percentile(times, 0.99).toFixed(3),
    naive === undefined ? '' : naive.toFixed(1),
    naive === undefined ? '' : whole(naive / p50),
    isAim ? `< ${String(kind.aim)} ${p50 < (kind.aim ?? 0) ? 'met' : 'MISSED'}` : '',
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { million: { type: 'boolean', default: false }, only: { type: 'string' } } });
  const sizes = [1_000, 10_000, 100_000, ...(values.million ? [1_000_000] : [])].filter(
    (size) => values.only === undefined || size === Number(values.only),
  );
  console.log(`${machineLine()}; pages of ${String(PAGE_SIZE)}, ${String(CALLS)} calls of each kind\n`);
  const entered: string[][] = [];
  const rows: string[][] = [];
  for (const size of sizes) {
    const filled = await fill(size);
    entered.push([
      whole(size),
      whole(filled.total),
      filled.slowestBatch.toFixed(1),
      filled.heap.toFixed(0),
      filled.rss.toFixed(0),
    ]);
    for (const kind of kinds) rows.push(measure(kind, filled));
  }
  const unit = `in batches of ${String(BATCH)}`;
  console.log(table(['models', `entered ${unit}, ms`, 'slowest batch, ms', 'heap, MiB', 'growth, MiB'], entered));
  console.log(`\n${table(['models', 'query', 'p50 ms', 'p99 ms', 'plain way ms', 'ratio', 'aim'], rows)}`);
}

await main();
