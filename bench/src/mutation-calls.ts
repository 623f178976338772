import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lanesOf, type Side } from './mutation-lanes.js';
import { EDITS_BEGIN, EDITS_END, type EditTask } from './mutation-task.js';

/** Where edits are counted. */
export interface CountedPlace {
  readonly root: string;
  readonly dataDir: string;
  /** A folder that is not there yet. */
  readonly traces: string;
}

/** What one edit asks of the system, below the root and the data folder. */
export interface EditCalls {
  readonly flushes: number;
  /** Writes, renames, links, unlinks and whatever else changes something. */
  readonly changes: number;
  /** Folders that are listed, which costs more in a large one. */
  readonly listings: number;
  readonly reads: number;
  /** Bytes of the sidecar itself. */
  readonly sidecar: number;
  /** Bytes written beside the sidecar. */
  readonly elsewhere: number;
}

const FLUSHES = new Set(['fsync', 'fdatasync']);
const WRITES = new Set(['write', 'pwrite64', 'writev', 'pwritev']);
const CHANGES = new Set(['rename', 'renameat2', 'link', 'unlink', 'mkdir', 'rmdir', 'utimensat', 'symlink', ...WRITES]);
const CALL = /^(\d+\.\d+) (\w+)\((.*)$/;

/** Runs edits in a process that is watched by `strace`, and counts its calls between the two marks. */
export async function countCalls(
  module: URL,
  side: Side,
  { root, dataDir, traces }: CountedPlace,
  task: EditTask,
): Promise<EditCalls> {
  mkdirSync(traces);
  const watched = [fileURLToPath(module), side, root, dataDir, JSON.stringify(task)];
  const options = ['-ff', '-ttt', '-y', '-qq', '-s', '0', '-e', 'trace=%file,%desc', '-o', join(traces, 'calls')];
  const child = spawn('strace', [...options, process.execPath, ...process.execArgv, ...watched], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`strace ended with ${String(code)}`);
  const calls = readdirSync(traces).flatMap((name) => callsIn(readFileSync(join(traces, name), 'utf8')));
  const at = (mark: string): number => calls.find(({ text }) => text.includes(`${dataDir}/${mark}"`))?.at ?? Number.NaN;
  const [begin, end] = [at(EDITS_BEGIN), at(EDITS_END)];
  const between = calls.filter((call) => call.at > begin && call.at < end);
  const ours = between.filter(({ text }) => text.includes(`${root}/`) || text.includes(`${dataDir}/`));
  const perEdit = (count: number): number => count / task.edits;
  const count = (is: (call: TracedCall) => boolean): number => perEdit(ours.filter(is).length);
  const written = ours
    .filter(({ name }) => WRITES.has(name))
    .map(({ text }) => Number(/= (\d+)$/.exec(text)?.[1] ?? 0));
  const sidecar = meanSidecar(root, side, task);
  return {
    flushes: count(({ name }) => FLUSHES.has(name)),
    changes: count(({ name }) => CHANGES.has(name)),
    listings: count(({ name, text }) => name === 'openat' && text.includes('O_DIRECTORY')),
    reads: count(({ name }) => !FLUSHES.has(name) && !CHANGES.has(name)),
    sidecar,
    elsewhere: perEdit(written.reduce((sum, bytes) => sum + bytes, 0)) - sidecar,
  };
}

interface TracedCall {
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

function callsIn(trace: string): TracedCall[] {
  return trace.split('\n').flatMap((line) => {
    const [, at, name, text] = CALL.exec(line) ?? [];
    return at === undefined || name === undefined || text === undefined ? [] : [{ at: Number(at), name, text }];
  });
}

/** Of the models that were edited. */
function meanSidecar(root: string, side: Side, { edits, atOnce }: EditTask): number {
  const [lane] = lanesOf(root, side, atOnce);
  if (lane === undefined) throw new Error('There is no lane.');
  const edited = Array.from({ length: edits / 2 }, (_, at) => lane.stems[at % lane.stems.length] ?? '');
  const sizes = edited.map((stem) => statSync(join(lane.home, `${stem}.metadata.json`)).size);
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
