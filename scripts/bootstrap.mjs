// Installs the dependencies when the lockfile changed since the last time; `--build` also builds, without types, what
// `npm start` and the benchmarks run.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const stamp = new URL('node_modules/.bootstrap', root);
const pnpmScript = fileURLToPath(new URL('scripts/pnpm.mjs', root));

/**
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function pnpm(args, env = {}) {
  const run = spawnSync(process.execPath, [pnpmScript, ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}

const locked = createHash('sha256')
  .update(readFileSync(new URL('pnpm-lock.yaml', root)))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== locked) {
  pnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn']);
  // Only after success: a failed install leaves an incomplete folder behind.
  writeFileSync(stamp, locked);
}

if (process.argv.includes('--build')) {
  // Types are the slow part of a build, and a running server needs none.
  pnpm(['--filter', '@modelshelf/example-standalone-server...', '--loglevel=warn', 'run', 'build'], { SKIP_DTS: '1' });
}
