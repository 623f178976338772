// Requests per second of one page of 100 items through Fastify, over a large library and over a small one
// (bench/README.md).
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { numericArguments } from './arguments.js';
import { startChild, type Child } from './child-process.js';
import { generateLibrary } from './generate-library.js';
import { load } from './load.js';
import { machineLine } from './machine.js';
import { LOOPBACK } from './servers/bench-app.js';
import { median, whole, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';

const AIM = 0.9;
const WARM_UP_SECONDS = 2;

interface Server {
  readonly models: number;
  readonly process: Child;
  readonly url: string;
}

interface Measured {
  readonly requestsPerSecond: number;
  readonly p99: number;
  /** Microseconds of the server process. */
  readonly cpuPerRequest: number;
}

async function start(folder: string, models: number): Promise<Server> {
  const own = join(folder, String(models));
  await mkdir(own);
  generateLibrary(join(own, 'models'), { models, autov3: true });
  const process = startChild(new URL('./listing-server.ts', import.meta.url), [own]);
  const port = await process.ask<number>();
  const url = `http://${LOOPBACK}:${String(port)}/api/lm/loras/list?page_size=100`;
  const { total } = (await (await fetch(url)).json()) as { total: number };
  if (total !== models) throw new Error(`${url} lists ${String(total)} of ${String(models)} models`);
  return { models, process, url };
}

async function measure({ url, process }: Server, seconds: number): Promise<Measured> {
  const before = await process.ask<number>('cpu');
  const { requests, requestsPerSecond, p99 } = await load(url, seconds);
  const used = (await process.ask<number>('cpu')) - before;
  return { requestsPerSecond, p99, cpuPerRequest: used / requests };
}

async function main(): Promise<void> {
  const { rounds, seconds, small, large } = numericArguments({ rounds: 5, seconds: 3, small: 1_000, large: 100_000 });
  console.log(`${machineLine()}; ${String(rounds)} rounds of ${String(seconds)} s each\n`);
  await withTempFolder(async (folder) => {
    const servers = [await start(folder, small), await start(folder, large)];
    try {
      for (const { url } of servers) await load(url, WARM_UP_SECONDS);
      const measured: Measured[][] = servers.map(() => []);
      for (let round = 0; round < rounds; round++) {
        for (const [at, server] of servers.entries()) measured[at]?.push(await measure(server, seconds));
      }
      const [base = []] = measured;
      const rows = measured.map((results, at) => {
        const ratios = results.map(
          (result, round) => result.requestsPerSecond / (base[round] ?? result).requestsPerSecond,
        );
        return [
          whole(servers[at]?.models ?? 0),
          whole(median(results.map(({ requestsPerSecond }) => requestsPerSecond))),
          at === 0 ? '' : withRange(ratios),
          at === 0 ? '' : `${AIM.toFixed(2)} ${median(ratios) >= AIM ? 'met' : 'MISSED'}`,
          median(results.map(({ p99 }) => p99)).toFixed(1),
          whole(median(results.map(({ cpuPerRequest }) => cpuPerRequest))),
        ];
      });
      console.log(table(['models', 'requests/s', 'ratio (min-max)', 'aim', 'p99 ms', 'CPU µs/request'], rows));
    } finally {
      await Promise.all(servers.map((server) => server.process.stop()));
    }
  });
}

await main();
