import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Files below the root that a process opened, in all its threads. */
export interface OpenedFiles {
  readonly modelFiles: number;
  readonly sidecars: number;
}

/** Whether the system calls of a process can be watched here. */
export function canCountOpened(): boolean {
  return spawnSync('strace', ['-V']).status === 0;
}

/** Runs a module of the bench once more, and counts by its system calls what it opens below a root. */
export async function countOpened(
  module: URL,
  args: readonly string[],
  root: string,
  folder: string,
): Promise<OpenedFiles> {
  const trace = join(folder, 'trace.txt');
  const command = [process.execPath, ...process.execArgv, fileURLToPath(module), ...args];
  const child = spawn(
    'strace',
    ['-f', '-qq', '-s', '4096', '-e', 'trace=open,openat,openat2', '-o', trace, ...command],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`strace ended with ${String(code)}`);
  let modelFiles = 0;
  let sidecars = 0;
  for await (const line of createInterface({ input: createReadStream(trace) })) {
    if (!line.includes(`"${root}/`)) continue;
    if (line.includes('.safetensors"')) modelFiles++;
    else if (line.includes('.metadata.json"')) sidecars++;
  }
  return { modelFiles, sidecars };
}
