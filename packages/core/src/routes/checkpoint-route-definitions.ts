import { z } from 'zod';
import { requiredTextParam } from './params.js';
import { entryReply, loaderPoolReply, rootsReply } from './replies.js';
import { defineRoutes } from './route-definition.js';

const loaderPoolQuery = z.object({
  sub_type: z.enum(['checkpoint', 'diffusion_model'], { error: 'invalid sub_type' }).default('checkpoint'),
});

/** The routes that only checkpoints have. */
export const CHECKPOINT_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'getCheckpointInfo',
    methods: ['GET'],
    path: '/api/lm/{prefix}/info/{name}',
    scope: 'model',
    effect: 'read',
    summary: 'One checkpoint as the catalog keeps it, by name or by folder and name.',
    params: z.object({ name: requiredTextParam() }),
    reply: entryReply,
  },
  {
    handler: 'getCheckpointsRoots',
    methods: ['GET'],
    path: '/api/lm/{prefix}/checkpoints_roots',
    scope: 'model',
    effect: 'read',
    summary: 'The configured folders of whole checkpoints.',
    reply: rootsReply,
  },
  {
    handler: 'getUnetRoots',
    methods: ['GET'],
    path: '/api/lm/{prefix}/unet_roots',
    scope: 'model',
    effect: 'read',
    summary: 'The configured folders of diffusion models.',
    reply: rootsReply,
  },
  {
    handler: 'getLoaderPool',
    methods: ['GET'],
    path: '/api/lm/{prefix}/loader-pool',
    scope: 'model',
    effect: 'read',
    summary: 'What a loader node of the host application offers.',
    query: loaderPoolQuery,
    reply: loaderPoolReply,
  },
]);
