import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { ScenarioName } from './scenarios.js';

/** What a process does: one mutation on a shelf, cut short at one of the calls that change the disk. */
export interface MutationTask {
  readonly scenario: ScenarioName;
  readonly folder: string;
  readonly dataDir?: string;
  /** The calls of the start, which recovers, or those of the mutation are counted. */
  readonly during: 'start' | 'mutation';
  /** The call to die at, from 1; without it the process ends by itself and tells how many there were. */
  readonly call?: number;
  /** Right before it, right after it, with half of it written, or never: it waits there until it is killed. */
  readonly moment?: 'before' | 'after' | 'half' | 'stall';
}

/** The makers of test files are used outside of tests. */
const withoutVitest: Plugin = {
  name: 'without-vitest',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'export const onTestFinished = () => undefined;' }));
  },
};

/** Bundles the sources for processes that mutate into a folder. */
export async function bundleMutationProcess(folder: string): Promise<string> {
  await build({
    entryPoints: {
      main: fileURLToPath(new URL('./mutation-process-main.ts', import.meta.url)),
      'disk-worker': fileURLToPath(new URL('../../../src/disk/disk-worker.ts', import.meta.url)),
    },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@modelshelf/source'],
    plugins: [withoutVitest],
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);` },
    logLevel: 'silent',
  });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  return folder;
}

/** Starts a process that mutates. */
export function startMutationProcess(bundle: string, task: MutationTask): ChildProcess {
  return spawn(process.execPath, [join(bundle, 'main.js'), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
}

/** Runs one to its end: how many calls there were, or undefined when it was killed. Anything else is an error. */
export async function runMutationProcess(bundle: string, task: MutationTask): Promise<number | undefined> {
  const child = startMutationProcess(bundle, task);
  let said = '';
  let complained = '';
  child.stdout?.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr?.on('data', (text: Buffer) => (complained += text.toString()));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('close', (...ended) => {
      resolve(ended);
    });
  });
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new Error(`${JSON.stringify(task)} ended with ${String(code)}: ${complained}`);
  return (JSON.parse(said) as { calls: number }).calls;
}
