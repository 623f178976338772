// Moves and saves a second, beside a bare script that makes the same changes in the same run (bench/README.md).
import { join } from 'node:path';
import { numericArguments } from './arguments.js';
import { startChild, type Child } from './child-process.js';
import { generateLibrary } from './generate-library.js';
import { machineLine } from './machine.js';
import { countCalls, type EditCalls } from './mutation-calls.js';
import type { Side } from './mutation-lanes.js';
import type { EditFigures, EditTask } from './mutation-task.js';
import { canCountOpened } from './start-opened.js';
import { median, whole, withRange } from './statistics.js';
import { table } from './table.js';
import { withTempFolder } from './temp-folder.js';

const AIM_RATIO = 0.5;
const AIM_BYTES = 8 * 1024;
/** How much more may be written with a hundred times as many models. */
const AIM_GROWTH = 1.25;
const COUNTED_EDITS = 20;
const PROCESS = new URL('./mutation-process.ts', import.meta.url);
const SIDES: readonly Side[] = ['bare', 'library'];

type Kind = Pick<EditTask, 'edit' | 'atOnce'>;
type Round = Record<Side, EditFigures>;
type Counted = Record<Side, EditCalls>;

const KINDS: readonly Kind[] = [
  { edit: 'move', atOnce: 1 },
  { edit: 'move', atOnce: 8 },
  { edit: 'save', atOnce: 1 },
  { edit: 'save', atOnce: 8 },
];

/** Where one library is. */
interface Place {
  readonly models: number;
  readonly root: string;
  readonly folder: string;
}

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
const dataDirOf = ({ folder }: Place, side: Side): string => join(folder, `data-${side}`);
const perSecond = ({ edits, milliseconds }: EditFigures): number => (edits / milliseconds) * 1000;

async function withSides<T>(place: Place, run: (children: Record<Side, Child>) => Promise<T>): Promise<T> {
  const start = (side: Side): Child => startChild(PROCESS, [side, place.root, dataDirOf(place, side)]);
  const children = { library: start('library'), bare: start('bare') };
  try {
    for (const side of SIDES) await children[side].ask();
    return await run(children);
  } finally {
    for (const side of SIDES) {
      await children[side].ask('close').catch(() => undefined);
      await children[side].stop();
    }
  }
}

async function measure(place: Place, rounds: number, edits: number): Promise<Map<Kind, Round[]>> {
  return withSides(place, async (children) => {
    const measured = new Map<Kind, Round[]>(KINDS.map((kind) => [kind, []]));
    // The first one of each kind is not counted: it brings code and folders into memory.
    for (let round = 0; round <= rounds; round++) {
      for (const [kind, results] of measured) {
        const task = JSON.stringify({ ...kind, edits: round === 0 ? COUNTED_EDITS : edits } satisfies EditTask);
        const bare = await children.bare.ask<EditFigures>(task);
        const library = await children.library.ask<EditFigures>(task);
        if (round > 0) results.push({ bare, library });
      }
    }
    return measured;
  });
}

async function count(place: Place, edit: EditTask['edit']): Promise<Counted> {
  const task = { edit, atOnce: 1, edits: COUNTED_EDITS };
  const callsOf = (side: Side): Promise<EditCalls> => {
    const traces = join(place.folder, `traces-${edit}-${side}`);
    return countCalls(PROCESS, side, { root: place.root, dataDir: dataDirOf(place, side), traces }, task);
  };
  return { library: await callsOf('library'), bare: await callsOf('bare') };
}

function rowOf({ models }: Place, { edit, atOnce }: Kind, rounds: readonly Round[]): string[] {
  const ratios = rounds.map(({ bare, library }) => perSecond(library) / perSecond(bare));
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const cpu = (side: Side): string => whole(middle((round) => round[side].cpu / round[side].edits));
  return [
    whole(models),
    edit,
    String(atOnce),
    whole(middle(({ bare }) => perSecond(bare))),
    withRange(
      rounds.map(({ library }) => perSecond(library)),
      0,
    ),
    withRange(ratios),
    `${AIM_RATIO.toFixed(2)} ${verdict(median(ratios) >= AIM_RATIO)}`,
    `${cpu('bare')} / ${cpu('library')}`,
    `${middle(({ library }) => library.delay.p99).toFixed(1)} / ${middle(({ library }) => library.delay.max).toFixed(0)}`,
    whole(middle(({ library }) => library.written / library.edits)),
  ];
}

function callRowOf({ models }: Place, edit: string, { library, bare }: Counted): string[] {
  const both = (of: (calls: EditCalls) => number): string => `${of(bare).toFixed(1)} / ${of(library).toFixed(1)}`;
  return [
    whole(models),
    edit,
    both(({ flushes }) => flushes),
    both(({ changes }) => changes),
    both(({ listings }) => listings),
    both(({ reads }) => reads),
    whole(library.sidecar),
    whole(library.elsewhere),
    `${whole(AIM_BYTES)} ${verdict(library.elsewhere < AIM_BYTES)}`,
  ];
}

function growthLine(edit: string, counted: readonly Counted[]): string {
  const [least, most] = [counted[0]?.library.elsewhere ?? 0, counted.at(-1)?.library.elsewhere ?? 0];
  const growth = most / least;
  return `- written beside the sidecar by one ${edit}, most models : fewest: ${growth.toFixed(2)}, aim below ${AIM_GROWTH.toFixed(2)}: ${verdict(growth < AIM_GROWTH)}`;
}

async function main(): Promise<void> {
  const { models, rounds, edits } = numericArguments({ models: 100_000, rounds: 5, edits: 200 });
  const sizes = [1_000].filter((size) => size < models).concat(models);
  console.log(`${machineLine()}; ${String(rounds)} rounds of ${String(edits)} edits of each kind\n`);
  const rows: string[][] = [];
  const callRows: string[][] = [];
  const counted = { move: [] as Counted[], save: [] as Counted[] };
  for (const size of sizes) {
    await withTempFolder(async (folder) => {
      const place = { models: size, root: join(folder, 'models'), folder };
      generateLibrary(place.root, { models: size, autov3: true });
      for (const [kind, results] of await measure(place, rounds, edits)) rows.push(rowOf(place, kind, results));
      if (!canCountOpened()) return;
      for (const edit of ['move', 'save'] as const) {
        const calls = await count(place, edit);
        counted[edit].push(calls);
        callRows.push(callRowOf(place, edit, calls));
      }
    });
  }
  const head = [
    'models',
    'edit',
    'at once',
    'bare/s',
    'library/s',
    'ratio (min-max)',
    'aim',
    'CPU µs/edit',
    'loop delay p99 / max, ms',
  ];
  console.log(`${table([...head, 'bytes written'], rows)}\n`);
  if (callRows.length === 0) return console.log('Without strace no calls are counted.');
  const callHead = [
    'models',
    'edit',
    'flushes',
    'changes',
    'listings',
    'reads',
    'sidecar, bytes',
    'elsewhere, bytes',
    'aim',
  ];
  console.log(`${table(callHead, callRows)}\n`);
  if (sizes.length > 1) for (const edit of ['move', 'save'] as const) console.log(growthLine(edit, counted[edit]));
}

await main();
