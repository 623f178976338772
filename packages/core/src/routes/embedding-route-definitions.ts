import { z } from 'zod';
import { requiredTextParam } from './params.js';
import { entryReply } from './replies.js';
import { defineRoutes } from './route-definition.js';

/** The routes that only embeddings have. */
export const EMBEDDING_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'getEmbeddingInfo',
    methods: ['GET'],
    path: '/api/lm/{prefix}/info/{name}',
    scope: 'model',
    effect: 'read',
    summary: 'One embedding as the catalog keeps it, by name or by folder and name.',
    params: z.object({ name: requiredTextParam() }),
    reply: entryReply,
  },
]);
