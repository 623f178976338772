import { DEDUPE_ROUTE_DEFINITIONS } from './dedupe-route-definitions.js';
import { LIFECYCLE_ROUTE_DEFINITIONS } from './lifecycle-route-definitions.js';
import { LISTING_ROUTE_DEFINITIONS } from './listing-route-definitions.js';
import { METADATA_EDIT_ROUTE_DEFINITIONS } from './metadata-edit-route-definitions.js';
import { MODEL_ROUTE_DEFINITIONS } from './model-route-definitions.js';
import { MOVE_ROUTE_DEFINITIONS } from './move-route-definitions.js';
import { ORGANIZE_ROUTE_DEFINITIONS } from './organize-route-definitions.js';
import { PREVIEW_EDIT_ROUTE_DEFINITIONS } from './preview-edit-route-definitions.js';
import { defineRoutes } from './route-definition.js';
import { SUMMARY_ROUTE_DEFINITIONS } from './summary-route-definitions.js';

/** The routes that exist once per model type: `{prefix}` is `loras`, `checkpoints`, `embeddings` and so on. */
export const COMMON_ROUTE_DEFINITIONS = defineRoutes([
  ...LISTING_ROUTE_DEFINITIONS,
  ...SUMMARY_ROUTE_DEFINITIONS,
  ...MODEL_ROUTE_DEFINITIONS,
  ...METADATA_EDIT_ROUTE_DEFINITIONS,
  ...PREVIEW_EDIT_ROUTE_DEFINITIONS,
  ...LIFECYCLE_ROUTE_DEFINITIONS,
  ...DEDUPE_ROUTE_DEFINITIONS,
  ...MOVE_ROUTE_DEFINITIONS,
  ...ORGANIZE_ROUTE_DEFINITIONS,
]);
