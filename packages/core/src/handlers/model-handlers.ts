import type { COMMON_ROUTE_DEFINITIONS } from '../routes/common-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';

/** One callable per common route: derived from the registry, so that none can be missing, extra or mis-typed. */
export type ModelHandlers = HandlersOf<typeof COMMON_ROUTE_DEFINITIONS>;
