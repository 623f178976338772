// Models per second of a cold scan, beside the floors under it in the same run (bench/README.md).
import { join } from 'node:path';
import { numericArguments } from './arguments.js';
import type { BareReads } from './bare-reads.js';
import { startChild } from './child-process.js';
import type { ColdScan } from './cold-scan.js';
import { generateLibrary } from './generate-library.js';
import { machineLine } from './machine.js';
import { median, whole, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';

/** 10,000 models a second where sidecars are read and parsed at 39,000 a second. */
const AIM_RATIO = 10_000 / 39_000;
const AIM_DELAY_P99 = 20;

interface Variant {
  readonly name: string;
  readonly folder: string;
  readonly autov3: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: 'AutoV3 in the sidecar', folder: 'stated', autov3: true },
  { name: 'headers to be opened', folder: 'unstated', autov3: false },
];

interface Round {
  readonly floors: BareReads;
  readonly scan: ColdScan;
}

async function runOnce<Result>(args: readonly string[]): Promise<Result> {
  const child = startChild(new URL('./scan-process.ts', import.meta.url), args);
  const result = await child.ask<Result>();
  await child.stop();
  return result;
}

function rowsOf({ name }: Variant, rounds: readonly Round[], models: number): string[][] {
  const perSecond = (milliseconds: number): number => (models / milliseconds) * 1000;
  const floor = (of: (floors: BareReads) => number): string =>
    whole(median(rounds.map(({ floors }) => perSecond(of(floors)))));
  const ratios = rounds.map(({ floors, scan }) => floors.parse / scan.time);
  const scanned = rounds.map(({ scan }) => perSecond(scan.time));
  const middle = (of: (scan: ColdScan) => number, digits = 1): string =>
    median(rounds.map(({ scan }) => of(scan))).toFixed(digits);
  const p99 = median(rounds.map(({ scan }) => scan.delay.p99));
  const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
  return [
    [name, 'bare walk with stat, models/s', floor(({ walk }) => walk), ''],
    [name, 'bare read of sidecars, models/s', floor(({ read }) => read), ''],
    [name, 'bare read and parse, models/s', floor(({ parse }) => parse), ''],
    [name, 'cold scan, models/s', withRange(scanned, 0), ''],
    [
      name,
      'cold scan : bare read and parse',
      withRange(ratios),
      `${AIM_RATIO.toFixed(2)} ${verdict(median(ratios) >= AIM_RATIO)}`,
    ],
    [
      name,
      'CPU of a cold scan, all threads, ms',
      withRange(
        rounds.map(({ scan }) => scan.cpu),
        0,
      ),
      '',
    ],
    [
      name,
      'CPU of it : bare read and parse',
      withRange(rounds.map(({ floors, scan }) => scan.cpu / floors.parseCpu)),
      '',
    ],
    [
      name,
      'event-loop delay p50 / p99 / max, ms',
      `${middle(({ delay }) => delay.p50)} / ${p99.toFixed(1)} / ${middle(({ delay }) => delay.max)}`,
      `p99 < ${String(AIM_DELAY_P99)} ${verdict(p99 < AIM_DELAY_P99)}`,
    ],
    [
      name,
      'growth of the process end / peak, MiB',
      `${middle(({ growth }) => growth.end, 0)} / ${middle(({ growth }) => growth.peak, 0)}`,
      '',
    ],
  ];
}

async function main(): Promise<void> {
  const { models, rounds } = numericArguments({ models: 20_000, rounds: 5 });
  console.log(`${machineLine()}; ${whole(models)} models, ${String(rounds)} rounds, page cache warm\n`);
  await withTempFolder(async (folder) => {
    const measured = new Map<Variant, Round[]>(VARIANTS.map((variant) => [variant, []]));
    for (const variant of VARIANTS) {
      generateLibrary(join(folder, variant.folder), { models, autov3: variant.autov3 });
      // Brings what later rounds read into the page cache.
      await runOnce<BareReads>(['floors', join(folder, variant.folder)]);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [variant, results] of measured) {
        const root = join(folder, variant.folder);
        const floors = await runOnce<BareReads>(['floors', root]);
        const scan = await runOnce<ColdScan>(['scan', root, join(folder, `data-${variant.folder}-${String(round)}`)]);
        if (scan.models !== models) throw new Error(`The scan found ${String(scan.models)} models.`);
        results.push({ floors, scan });
      }
    }
    const rows = [...measured].flatMap(([variant, results]) => rowsOf(variant, results, models));
    console.log(table(['library', 'measure', 'median (min-max)', 'aim'], rows));
  });
}

await main();
