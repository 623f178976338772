// The entry of a measuring process: `<side> <root> <data folder>`. It says that it is ready, answers each task with its
// figures, and ends when it is told to; with a task as a fourth argument it does that one, between two marks, and ends.
import { existsSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BareEditor } from './bare-mutations.js';
import { LibraryEditor } from './library-mutations.js';
import { EDITS_BEGIN, EDITS_END, type EditFigures, type Editor, type EditTask } from './mutation-task.js';
import { lanesOf, type Lane, type Side } from './mutation-lanes.js';

/** The index store writes its files anew, if that is due, so long after the last edit. */
const QUIET_MS = 1_000;
const NANOSECONDS = 1e6;

const [sideName = '', root = '', dataDir = '', only] = process.argv.slice(2);
const side: Side = sideName === 'bare' ? 'bare' : 'library';

async function runLane(editor: Editor, { edit, atOnce, edits }: EditTask, lane: Lane): Promise<number> {
  const own = Math.ceil(edits / atOnce / 2) * 2;
  for (let at = 0; at < own; at++) {
    const stem = lane.stems[Math.floor(at / 2) % lane.stems.length] ?? '';
    const [from, to] = at % 2 === 0 ? [lane.home, lane.away] : [lane.away, lane.home];
    if (edit === 'move') await editor.move(stem, from, to);
    else await editor.save(stem, lane.home, `note ${String(process.hrtime.bigint())}`);
  }
  return own;
}

/** What this process handed to the system to be written; 0 where the system does not say. */
function bytesWritten(): number {
  const path = '/proc/self/io';
  return existsSync(path) ? Number(/^wchar: (\d+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) : 0;
}

async function run(editor: Editor, task: EditTask, onBegin = (): void => undefined): Promise<EditFigures> {
  const lanes = lanesOf(root, side, task.atOnce);
  onBegin();
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const writtenBefore = bytesWritten();
  loop.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const counts = await Promise.all(lanes.map((lane) => runLane(editor, task, lane)));
  const milliseconds = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  loop.disable();
  const delay = { p99: loop.percentile(99) / NANOSECONDS, max: loop.max / NANOSECONDS };
  await sleep(QUIET_MS);
  const edits = counts.reduce((sum, count) => sum + count, 0);
  return { edits, milliseconds, cpu: user + system, delay, written: bytesWritten() - writtenBefore };
}

const editor = side === 'bare' ? await BareEditor.open(dataDir) : await LibraryEditor.open(root, dataDir);

async function answer(message: string): Promise<void> {
  // The bench sends what the types say.
  if (message !== 'close') return void process.send?.(await run(editor, JSON.parse(message) as EditTask));
  await editor.close();
  process.send?.('closed', () => process.disconnect());
}

if (only === undefined) {
  process.on('message', (message: string) => void answer(message));
  process.send?.('ready');
} else {
  const task = JSON.parse(only) as EditTask;
  // What the first edit does for all of them, such as taking the lock of the root.
  await run(editor, { ...task, edits: 2 });
  await run(editor, task, () => void existsSync(join(dataDir, EDITS_BEGIN)));
  existsSync(join(dataDir, EDITS_END));
  await editor.close();
}
