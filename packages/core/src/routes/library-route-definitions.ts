import { z } from 'zod';
import { listParam, pathParam } from './params.js';
import { healthReply } from './replies.js';
import { defineRoutes } from './route-definition.js';
import { SETTINGS_ROUTE_DEFINITIONS } from './settings-route-definitions.js';
import { STATISTICS_ROUTE_DEFINITIONS } from './statistics-route-definitions.js';
import { TRASH_ROUTE_DEFINITIONS } from './trash-route-definitions.js';

/** The routes that exist once per library. */
export const LIBRARY_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'servePreview',
    methods: ['GET'],
    path: '/api/lm/previews',
    scope: 'library',
    effect: 'read',
    summary: 'A preview picture or video by its absolute path.',
    query: z.object({ path: pathParam() }),
    reply: 'file',
  },
  {
    handler: 'streamProgress',
    methods: ['GET'],
    path: '/api/lm/progress/events',
    scope: 'library',
    effect: 'read',
    summary: 'Progress as server-sent events: the newest snapshots first, then every new one.',
    query: z.object({ topics: listParam() }),
    reply: 'events',
  },
  {
    handler: 'checkHealth',
    methods: ['GET'],
    path: '/api/lm/health-check',
    scope: 'library',
    effect: 'read',
    summary: 'Whether the library is attached and ready, and how its scans went.',
    reply: healthReply,
    always: true,
  },
  ...STATISTICS_ROUTE_DEFINITIONS,
  ...TRASH_ROUTE_DEFINITIONS,
  ...SETTINGS_ROUTE_DEFINITIONS,
]);
