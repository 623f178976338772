import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.js';

// `shims` gives the CJS build the `import.meta.url` that the asset folder is found by.
export default defineConfig({ ...base, shims: true });
