export type { CspSources } from './csp-sources.js';
export { modelPages, type ModelPages, type ModelPagesOptions } from './model-pages.js';
