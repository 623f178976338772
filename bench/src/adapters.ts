// Requests per second through each adapter against a route written by hand in the same framework (bench/README.md).
import { isDeepStrictEqual } from 'node:util';
import { numericArguments } from './arguments.js';
import { prepareBenchLibrary } from './bench-library.js';
import { startChild, type Child } from './child-process.js';
import { LIST_PATH } from './hand-written-list.js';
import { load, type LoadResult } from './load.js';
import { machineLine } from './machine.js';
import { LOOPBACK } from './servers/bench-app.js';
import { FRAMEWORKS, type Framework, type Side } from './sides.js';
import { median, whole, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';
import { TINY_PATH } from './tiny-answer.js';

const WARM_UP_SECONDS = 2;
const SIDES: readonly Side[] = ['library', 'by hand'];
const ROUTES = [
  { name: 'list', path: `${LIST_PATH}?page_size=100`, aims: { express: 1.5, fastify: 1.5, koa: 1.5 } },
  { name: 'tiny', path: TINY_PATH, aims: { express: 0.95, fastify: 0.95, koa: 0.85 } },
] as const;

interface Server {
  readonly origin: string;
  readonly process: Child;
}

interface Measured extends LoadResult {
  /** Microseconds of the server process. */
  readonly cpuPerRequest: number;
}

async function start(framework: Framework, side: Side, folder: string): Promise<Server> {
  const process = startChild(new URL('./server-process.ts', import.meta.url), [framework, side, folder]);
  return { process, origin: `http://${LOOPBACK}:${String(await process.ask<number>())}` };
}

async function measure({ origin, process }: Server, path: string, seconds: number): Promise<Measured> {
  const before = await process.ask<number>('cpu');
  const result = await load(origin + path, seconds);
  const used = (await process.ask<number>('cpu')) - before;
  return { ...result, cpuPerRequest: used / result.requests };
}

/** Both sides must answer the same data, and answer it as bytes of about the same number. */
async function checkSame(servers: readonly Server[], path: string): Promise<string> {
  const texts = await Promise.all(
    servers.map(async ({ origin }) => {
      const answer = await fetch(origin + path);
      if (!answer.ok) throw new Error(`${origin}${path} answered ${String(answer.status)}`);
      return answer.text();
    }),
  );
  const [first, ...others] = texts.map((text): unknown => JSON.parse(text));
  if (!others.every((other) => isDeepStrictEqual(first, other))) throw new Error(`The answers to ${path} differ.`);
  return texts.map((text) => whole(Buffer.byteLength(text))).join(' and ');
}

async function compare(framework: Framework, folder: string, rounds: number, seconds: number): Promise<string[][]> {
  const servers = await Promise.all(SIDES.map((side) => start(framework, side, folder)));
  const rows: string[][] = [];
  try {
    for (const { name, path, aims } of ROUTES) {
      const bytes = await checkSame(servers, path);
      for (const server of servers) await load(server.origin + path, WARM_UP_SECONDS);
      const measured: Measured[][] = SIDES.map(() => []);
      for (let round = 0; round < rounds; round++) {
        for (const [at, server] of servers.entries()) measured[at]?.push(await measure(server, path, seconds));
      }
      const [ours = [], byHand = []] = measured;
      rows.push(rowOf(`${framework} ${name}`, ours, byHand, aims[framework]));
      console.error(`${framework} ${name}: ${bytes} bytes, equal JSON`);
    }
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
  }
  return rows;
}

function rowOf(title: string, ours: readonly Measured[], byHand: readonly Measured[], aim: number): string[] {
  const ratios = (of: (result: Measured) => number): number[] =>
    ours.map((result, round) => of(result) / of(byHand[round] ?? result));
  const both = (of: (result: Measured) => number, format: (value: number) => string): string =>
    `${format(median(ours.map(of)))} / ${format(median(byHand.map(of)))}`;
  const throughput = ratios((result) => result.requestsPerSecond);
  return [
    title,
    both((result) => result.requestsPerSecond, whole),
    withRange(throughput),
    `${aim.toFixed(2)} ${median(throughput) >= aim ? 'met' : 'MISSED'}`,
    both(
      (result) => result.p99,
      (value) => value.toFixed(1),
    ),
    both((result) => result.cpuPerRequest, whole),
    withRange(ratios((result) => result.cpuPerRequest)),
  ];
}

const HEAD = ['route', 'requests/s', 'ratio (min-max)', 'aim', 'p99 ms', 'CPU µs/request', 'CPU ratio (min-max)'];

async function main(): Promise<void> {
  const { rounds, seconds } = numericArguments({ rounds: 5, seconds: 3 });
  console.log(`${machineLine()}; ${String(rounds)} rounds of ${String(seconds)} s each; library / by hand\n`);
  await withTempFolder(async (folder) => {
    await prepareBenchLibrary(folder);
    const rows: string[][] = [];
    for (const framework of FRAMEWORKS) rows.push(...(await compare(framework, folder, rounds, seconds)));
    console.log(table(HEAD, rows));
  });
}

await main();
