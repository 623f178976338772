// Checks the packages as their users get them: packs each one, lints the tarballs, installs them in an empty project and
// runs and type-checks a small program there, as an ES module and as CommonJS. `--built` skips the build.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const packages = ['core', 'adapter-express', 'adapter-fastify', 'adapter-koa', 'ui'];

/** Where the workspace has the versions that the consumer gets; its types are what a TypeScript user installs. */
const consumerDependencies = {
  express: 'packages/adapter-express',
  '@types/express': 'packages/adapter-express',
  fastify: 'packages/adapter-fastify',
  koa: 'packages/adapter-koa',
  '@koa/router': 'packages/adapter-koa',
  '@types/koa': 'packages/adapter-koa',
  '@types/node': '.',
};

/**
 * @param {string} title
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 * @param {(output: string) => boolean} [isFine] decides about a step that fails
 */
function step(title, command, args, cwd = root, isFine = () => false) {
  console.log(`- ${title}`);
  const run = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    timeout: 300_000,
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (run.status === 0 || (run.status !== null && isFine(run.stdout))) return;
  const reason = run.status === null ? `\nstopped by ${run.signal ?? 'an error'}` : '';
  throw new Error(`${title} failed:\n${run.stdout}${run.stderr}${reason}`);
}

/** @param {string[]} args */
const node = (...args) => /** @type {const} */ ([process.execPath, args]);
const pnpm = fileURLToPath(new URL('pnpm.mjs', import.meta.url));

/**
 * @param {string} folder
 * @returns {{ name: string, version: string }}
 */
function manifestOf(folder) {
  /** @type {{ name: string, version: string }} */
  const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return { name, version };
}

/** @param {string} tarballs */
function lint(tarballs) {
  for (const name of readdirSync(tarballs)) {
    const tarball = join(tarballs, name);
    step(`publint ${name}`, ...node(join(root, 'node_modules/publint/src/cli.js'), 'run', tarball, '--strict'));
    // The profile leaves out the resolution of Node 10, which knows no entries beside the main one.
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    step(`attw ${name}`, ...node(attw, tarball, '--profile', 'node16', '--no-emoji', '--format', 'ascii'));
  }
}

/**
 * @param {string} project
 * @param {string} tarballs
 */
function install(project, tarballs) {
  cpSync(join(root, 'scripts/package-consumer'), project, { recursive: true });
  const pinned = Object.entries(consumerDependencies).map(([name, folder]) => [
    name,
    manifestOf(join(folder, 'node_modules', name)).version,
  ]);
  const dependencies = {
    ...Object.fromEntries(pinned),
    ...Object.fromEntries(
      packages.map((folder) => {
        const { name, version } = manifestOf(`packages/${folder}`);
        return [name, `file:${join(tarballs, `${name.slice(1).replace('/', '-')}-${version}.tgz`)}`];
      }),
    ),
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', private: true, dependencies }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  step('npm install in an empty project', 'npm', ['install', ...flags], project);
}

/**
 * `skipLibCheck` is off so that our own declarations are checked; those of other packages are not ours to mend.
 * @param {string} output of tsc
 */
function concernsOthers(output) {
  const errors = output.split('\n').filter((line) => /error TS\d+/.test(line));
  return errors.length > 0 && errors.every((line) => /^node_modules\/(?!@modelshelf\/)/.test(line));
}

/** @param {string} project */
function use(project) {
  for (const program of ['run.mjs', 'run.cjs']) step(`node ${program}`, ...node(program), project);
  const options = {
    target: 'ES2023',
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['types.mts', 'types.cts'] }),
  );
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  step('tsc types.mts types.cts', ...node(tsc, '-p', project, '--pretty', 'false'), project, concernsOthers);
}

const folder = mkdtempSync(join(tmpdir(), 'modelshelf-packages-'));
try {
  const tarballs = join(folder, 'tarballs');
  const project = join(folder, 'consumer');
  mkdirSync(tarballs);
  mkdirSync(project);
  if (!process.argv.includes('--built')) step('build', ...node(pnpm, '--filter', './packages/*', 'run', 'build'));
  for (const name of packages) {
    step(`pack ${name}`, ...node(pnpm, '--dir', `packages/${name}`, 'pack', '--pack-destination', tarballs));
  }
  lint(tarballs);
  install(project, tarballs);
  use(project);
  console.log('the packages work');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
