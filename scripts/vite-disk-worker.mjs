// vite does not bundle a `.ts` worker for tests. This plugin bundles the disk worker once per run, and points the sources
// of core, which name it as the built package does (`./disk-worker.js`), at that bundle.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const coreSources = fileURLToPath(new URL('packages/core/src/', root)).replaceAll('\\', '/');
const entry = fileURLToPath(new URL('packages/core/src/disk/disk-worker.ts', root));
const cache = new URL('node_modules/.cache/modelshelf/', root);
const workerUrl = /new URL\(\s*(['"])\.\/disk-worker\.js\1\s*,\s*import\.meta\.url\s*\)/g;

// A bundled CommonJS dependency may call `require` for a Node module, which an ES module does not have.
const requireShim = [
  "import { createRequire as createRequireOfWorker } from 'node:module';",
  'const require = createRequireOfWorker(import.meta.url);',
].join('\n');

async function bundleWorker() {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@modelshelf/source'],
    sourcemap: 'inline',
    sourcesContent: false,
    banner: { js: requireShim },
    logLevel: 'silent',
  });
  const code = result.outputFiles[0]?.contents ?? new Uint8Array();
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const file = new URL(`disk-worker-${hash}.mjs`, cache);
  if (!existsSync(file)) {
    // Several runs may do this at the same time: each writes its own file and the rename decides.
    const partial = new URL(`disk-worker-${hash}.${process.pid}.part`, cache);
    await mkdir(cache, { recursive: true });
    await writeFile(partial, code);
    await rename(partial, file);
  }
  return pathToFileURL(fileURLToPath(file)).href;
}

export function diskWorker() {
  /** @type {Promise<string> | undefined} */
  let bundle;
  return {
    name: 'modelshelf:disk-worker',
    enforce: /** @type {const} */ ('pre'),
    /**
     * @param {string} code
     * @param {string} id
     */
    async transform(code, id) {
      if (!id.replaceAll('\\', '/').startsWith(coreSources) || code.search(workerUrl) === -1 || !existsSync(entry)) {
        return null;
      }
      bundle ??= bundleWorker();
      const url = JSON.stringify(await bundle);
      return { code: code.replace(workerUrl, () => `new URL(${url})`), map: null };
    },
  };
}
