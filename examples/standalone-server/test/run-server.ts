import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const repository = new URL('../../../', import.meta.url);
const inRepository = (path: string): string => fileURLToPath(new URL(path, repository));

// A bundled CommonJS dependency calls `require`, which an ES module does not have.
const requireShim = [
  "import { createRequire as createRequireOfBundle } from 'node:module';",
  'const require = createRequireOfBundle(import.meta.url);',
].join('\n');

/** Builds the server from the sources into a new folder, laid out as the packages are; returns the path of `main.js`. */
export async function buildServer(): Promise<{ folder: string; main: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'modelshelf-server-'));
  await build({
    entryPoints: {
      main: inRepository('examples/standalone-server/src/main.ts'),
      'disk-worker': inRepository('packages/core/src/disk/disk-worker.ts'),
    },
    outdir: join(folder, 'dist'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@modelshelf/source'],
    banner: { js: requireShim },
    logLevel: 'error',
  });
  // Node tells from the nearest manifest what kind of module a `.js` file is.
  await cp(inRepository('packages/ui/package.json'), join(folder, 'package.json'));
  await cp(inRepository('packages/ui/assets'), join(folder, 'assets'), { recursive: true });
  return { folder, main: join(folder, 'dist', 'main.js') };
}

/** A server in a process of its own. */
export interface RunningServer {
  /** Everything printed so far. */
  readonly output: { stdout: string; stderr: string };
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Waits for the line and returns its first group. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts the server as a user would. */
export function runServer(main: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningServer {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    output,
    exited,
    kill: (signal) => void child.kill(signal),
    async line(pattern) {
      for (;;) {
        const found = pattern.exec(output.stdout);
        if (found !== null) return found[1] ?? '';
        const more = await Promise.race([once(child.stdout, 'data').then(() => true), exited.then(() => false)]);
        if (!more && !pattern.test(output.stdout)) {
          throw new Error(`ended without ${String(pattern)}:\n${output.stdout}${output.stderr}`);
        }
      }
    },
  };
}
