import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { temporaryFolder } from './temp-library.js';

/** What a process does: starts once and reports, or scans again and again until it is killed. */
export interface ProcessTask {
  readonly mode: 'start' | 'run';
  readonly roots: readonly string[];
  readonly dataDir: string;
}

/** What a process that started once tells; `firstPage` in milliseconds since the library was asked for. */
export interface ProcessReport {
  readonly firstPage: number;
  readonly items: number;
  readonly total: number;
  /** The last words of every scan of loras. */
  readonly scans: readonly string[];
  /** Files that were to be hashed. */
  readonly digests: number;
}

/** Notes every file that is opened below the roots, in the main thread and in the workers alike. */
const noteOpened = `
import { createRequire as requireOf, syncBuiltinESMExports as syncFs } from 'node:module';
const require = requireOf(import.meta.url);
if (process.env.OPENED_LOG) {
  const fs = require('node:fs');
  const { O_APPEND, O_CREAT, O_WRONLY } = fs.constants;
  const openPlain = fs.openSync.bind(fs), writePlain = fs.writeSync.bind(fs);
  const log = openPlain(process.env.OPENED_LOG, O_APPEND | O_CREAT | O_WRONLY);
  const note = (path) => {
    const text = String(path);
    if (text.startsWith(process.env.OPENED_BELOW)) writePlain(log, text + '\\n');
  };
  const patch = (holder, name) => {
    const plain = holder[name];
    holder[name] = function (path, ...rest) { note(path); return plain.call(this, path, ...rest); };
  };
  for (const name of ['openSync', 'open', 'readFileSync', 'readFile', 'createReadStream']) patch(fs, name);
  for (const name of ['open', 'readFile']) patch(fs.promises, name);
  syncFs();
}
`;

/** Bundles the sources for processes of their own: a folder with a main module and its disk worker. */
export async function bundleLibraryProcess(): Promise<string> {
  const folder = await temporaryFolder();
  await build({
    entryPoints: {
      main: fileURLToPath(new URL('./library-process-main.ts', import.meta.url)),
      'disk-worker': fileURLToPath(new URL('../../src/disk/disk-worker.ts', import.meta.url)),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@modelshelf/source'],
    banner: { js: noteOpened },
    logLevel: 'silent',
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

/** Starts a process over a library. */
export function startLibraryProcess(bundle: string, task: ProcessTask, env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [join(bundle, 'main.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  });
}

/** Starts a library once in a process of its own; tells how it went, and which files below the roots were opened. */
export async function startedOnce(
  bundle: string,
  task: Omit<ProcessTask, 'mode'>,
  below: string,
): Promise<ProcessReport & { opened: string[] }> {
  const log = join(await temporaryFolder(), 'opened.txt');
  const child = startLibraryProcess(bundle, { ...task, mode: 'start' }, { OPENED_LOG: log, OPENED_BELOW: below });
  let said = '';
  let complained = '';
  child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (complained += text.toString()));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the process ended with ${String(code)}: ${complained}`);
  const opened = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '');
  return { ...(JSON.parse(said) as ProcessReport), opened };
}
