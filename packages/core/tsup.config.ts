import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.js';

const worker = 'disk-worker';

export default defineConfig([
  {
    ...base,
    entry: { index: 'src/index.ts', fetch: 'src/fetch.ts', testing: 'src/testing/index.ts' },
    // The entries share their classes, so an error thrown through one of them is `instanceof` what another exports.
    splitting: true,
    // The CJS build starts its workers by a URL relative to `import.meta.url` too.
    shims: true,
    // Both configurations run at the same time: this one must not sweep away what the other writes.
    clean: [`!${worker}.js`, `!${worker}.js.map`],
  },
  {
    ...base,
    entry: { [worker]: `src/disk/${worker}.ts` },
    format: ['esm'],
    dts: false,
    clean: false,
  },
]);
