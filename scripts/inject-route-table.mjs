// Writes the table of routes of README.md from the registry. Run by `npm run docs`; a test compares.
import { readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { allRoutes, routeTable, replaceRouteTable } from './route-table.mjs';

const root = new URL('../', import.meta.url);
const { outputFiles } = await build({
  stdin: {
    contents: `
      export { COMMON_ROUTE_DEFINITIONS } from './common-route-definitions.js';
      export { LORA_ROUTE_DEFINITIONS } from './lora-route-definitions.js';
      export { CHECKPOINT_ROUTE_DEFINITIONS } from './checkpoint-route-definitions.js';
      export { EMBEDDING_ROUTE_DEFINITIONS } from './embedding-route-definitions.js';
      export { LIBRARY_ROUTE_DEFINITIONS } from './library-route-definitions.js';`,
    resolveDir: new URL('packages/core/src/routes', root).pathname,
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const registry = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
);
const readme = new URL('README.md', root);
const table = routeTable(allRoutes(registry));
writeFileSync(readme, replaceRouteTable(readFileSync(readme, 'utf8'), table));
