import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Stage } from './plan-stage.js';

/** What a process does: a scene's plan, or a recovery; it kills itself before the operation with this number. */
export interface EngineTask {
  readonly stage: Stage;
  readonly scene: string;
  readonly mode: 'run' | 'recover';
  readonly calls: number;
  readonly onTwoDevices: boolean;
}

/** Bundles the engine into a folder, for processes of its own. */
export async function bundleEngineProcess(folder: string): Promise<string> {
  const outfile = join(folder, 'engine-process.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./engine-process-main.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@modelshelf/source'],
    logLevel: 'silent',
  });
  return outfile;
}

/** Runs a process to its end: the number of operations that it made, or undefined when it was killed. */
export async function engineProcess(bundle: string, task: EngineTask): Promise<number | undefined> {
  const child = spawn(process.execPath, [bundle, JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let said = '';
  let complained = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (complained += text.toString()));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...end) => resolve(end)),
  );
  if (signal === 'SIGKILL') return undefined;
  if (code !== 0) throw new Error(`the process ended with ${String(code)}: ${complained}`);
  return Number(said);
}
