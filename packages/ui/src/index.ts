export { modelPages, type ModelPagesOptions } from './model-pages.js';
