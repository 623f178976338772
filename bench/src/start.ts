// How long a library takes until its first page is there: with nothing known of the folder, and started again
// (bench/README.md).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { numericArguments } from './arguments.js';
import { startChild } from './child-process.js';
import { generateLibrary } from './generate-library.js';
import { machineLine } from './machine.js';
import { canCountOpened, countOpened, type OpenedFiles } from './start-opened.js';
import type { MeasuredStart } from './start-process.js';
import { median, whole, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';

const AIM_WARM_FIRST_PAGE = 2_000;
const AIM_GROWTH = 300;
const START_PROCESS = new URL('./start-process.ts', import.meta.url);

/** Where one library is, and what is known of it. */
interface Place {
  readonly models: number;
  readonly root: string;
  readonly folder: string;
}

const argumentsOf = ({ root, models }: Place, dataDir: string): string[] => [root, dataDir, String(models)];

async function startOnce(place: Place, dataDir: string): Promise<MeasuredStart> {
  const child = startChild(START_PROCESS, argumentsOf(place, dataDir));
  const result = await child.ask<MeasuredStart>();
  await child.stop();
  return result;
}

/** Without the loader that runs the bench's own sources. */
function timeOfProcessStart(): number {
  const start = performance.now();
  const program = "await import('@modelshelf/core')";
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('@modelshelf/core cannot be loaded.');
  return performance.now() - start;
}

async function openedBy(place: Place, dataDir: string): Promise<OpenedFiles | undefined> {
  if (!canCountOpened()) return undefined;
  return countOpened(START_PROCESS, argumentsOf(place, dataDir), place.root, place.folder);
}

function rowOf(
  kind: string,
  { models }: Place,
  starts: readonly MeasuredStart[],
  opened: OpenedFiles | undefined,
): string[] {
  const times = (of: (start: MeasuredStart) => number): string => withRange(starts.map(of), 0);
  return [
    whole(models),
    kind,
    times(({ attached }) => attached),
    times(({ firstPage }) => firstPage),
    times(({ ready }) => ready),
    opened === undefined ? 'unknown' : `${whole(opened.modelFiles)} / ${whole(opened.sidecars)}`,
    `${median(starts.map(({ rss }) => rss)).toFixed(0)} / ${median(starts.map(({ heap }) => heap)).toFixed(0)}`,
  ];
}

function verdictOn(name: string, value: number, aim: number, unit: string): string {
  return `- ${name}: ${whole(value)} ${unit}, aim below ${whole(aim)}: ${value < aim ? 'met' : 'MISSED'}`;
}

async function measure(place: Place, rounds: number): Promise<{ rows: string[][]; warm: readonly MeasuredStart[] }> {
  generateLibrary(place.root, { models: place.models, autov3: true });
  // Brings what later starts read into the page cache, and counts what a cold one opens.
  const coldOpened = await openedBy(place, join(place.folder, 'data-cold-counted'));
  const cold: MeasuredStart[] = [];
  for (let round = 0; round < rounds; round++) {
    cold.push(await startOnce(place, join(place.folder, `data-cold-${String(round)}`)));
  }
  const known = join(place.folder, 'data-cold-0');
  const warm: MeasuredStart[] = [];
  for (let round = 0; round < rounds; round++) warm.push(await startOnce(place, known));
  const warmOpened = await openedBy(place, known);
  return { rows: [rowOf('cold', place, cold, coldOpened), rowOf('warm', place, warm, warmOpened)], warm };
}

async function main(): Promise<void> {
  const { models, rounds } = numericArguments({ models: 100_000, rounds: 3 });
  const sizes = [1_000, 10_000, 100_000].filter((size) => size < models).concat(models);
  console.log(`${machineLine()}; ${String(rounds)} starts of each kind, page cache warm\n`);
  const rows: string[][] = [];
  let largest: readonly MeasuredStart[] = [];
  for (const size of sizes) {
    await withTempFolder(async (folder) => {
      const measured = await measure({ models: size, root: join(folder, 'models'), folder }, rounds);
      rows.push(...measured.rows);
      largest = measured.warm;
    });
  }
  const head = [
    'models',
    'start',
    'attached, ms',
    'first page, ms',
    'scan over, ms',
    'model files / sidecars opened',
    'growth RSS / heap, MiB',
  ];
  console.log(`${table(head, rows)}\n`);
  const processStart = median(Array.from({ length: rounds }, timeOfProcessStart));
  const firstPage = processStart + median(largest.map((start) => start.firstPage));
  console.log(`- start of a process that loads @modelshelf/core: ${whole(processStart)} ms`);
  console.log(
    verdictOn(
      `start of the process and first page of a warm start with ${whole(models)} models`,
      firstPage,
      AIM_WARM_FIRST_PAGE,
      'ms',
    ),
  );
  console.log(verdictOn('growth of it', median(largest.map(({ rss }) => rss)), AIM_GROWTH, 'MiB'));
}

await main();
