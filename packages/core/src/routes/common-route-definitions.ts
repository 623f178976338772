import { LISTING_ROUTE_DEFINITIONS } from './listing-route-definitions.js';
import { MODEL_ROUTE_DEFINITIONS } from './model-route-definitions.js';
import { defineRoutes } from './route-definition.js';
import { SUMMARY_ROUTE_DEFINITIONS } from './summary-route-definitions.js';

/** The routes that exist once per model type: `{prefix}` is `loras`, `checkpoints`, `embeddings` and so on. */
export const COMMON_ROUTE_DEFINITIONS = defineRoutes([
  ...LISTING_ROUTE_DEFINITIONS,
  ...SUMMARY_ROUTE_DEFINITIONS,
  ...MODEL_ROUTE_DEFINITIONS,
]);
