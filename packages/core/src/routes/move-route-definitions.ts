import { z } from 'zod';
import { moveBulkReply, moveReply } from './move-replies.js';
import { boundedText, MAX_PATH, pathParam } from './params.js';
import { defineRoutes } from './route-definition.js';

const MAX_MODELS = 100_000;

const useDefaultPaths = z.boolean('expected true or false').default(false);

/** Moving models into other folders (docs/behaviour.md, "Move"). */
export const MOVE_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'moveModel',
    methods: ['POST'],
    path: '/api/lm/{prefix}/move_model',
    scope: 'model',
    effect: 'write',
    summary: 'Moves a model with everything that belongs to it into another folder.',
    body: z.object({ file_path: pathParam(), target_path: pathParam(), use_default_paths: useDefaultPaths }),
    reply: moveReply,
  },
  {
    handler: 'moveModelsBulk',
    methods: ['POST'],
    path: '/api/lm/{prefix}/move_models_bulk',
    scope: 'model',
    effect: 'write',
    summary: 'Moves models into another folder, each on its own.',
    body: z.object({
      file_paths: z
        .array(boundedText(MAX_PATH), { error: 'expected a list of paths' })
        .min(1, 'is required')
        .max(MAX_MODELS, `has more than ${String(MAX_MODELS)} entries`),
      target_path: pathParam(),
      use_default_paths: useDefaultPaths,
    }),
    reply: moveBulkReply,
  },
]);
