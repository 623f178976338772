import type { LIBRARY_ROUTE_DEFINITIONS } from '../routes/library-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';

/** One callable per library-scoped route. */
export type LibraryHandlers = HandlersOf<typeof LIBRARY_ROUTE_DEFINITIONS>;
