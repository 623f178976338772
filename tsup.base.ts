import type { Options } from 'tsup';

/** What every published package shares: ESM and CJS for the oldest supported Node, types unless SKIP_DTS says not to. */
export const base: Options = {
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  dts: process.env['SKIP_DTS'] ? false : { compilerOptions: { ignoreDeprecations: '6.0' } },
  sourcemap: true,
  clean: true,
  splitting: false,
  treeshake: true,
};
