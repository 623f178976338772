import { defineConfig } from 'vitest/config';
import { diskWorker } from './scripts/vite-disk-worker.mjs';

// The first condition makes the workspace packages resolve to their sources, so that tests need no build. vitest hands
// them on to Node, where `import` would break every `require` of a package that has both forms.
const conditions = ['@modelshelf/source', 'node'];

export default defineConfig({
  plugins: [diskWorker()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // By default one core stays idle, which on two cores doubles the time.
    maxWorkers: '100%',
    // The deep run takes thousands of samples where the other takes some.
    testTimeout: process.env['MODELSHELF_DEEP'] === '1' ? 300_000 : 15_000,
    coverage: { include: ['packages/*/src/**/*.ts'] },
  },
});
