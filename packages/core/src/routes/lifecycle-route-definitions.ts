import { z } from 'zod';
import { bulkDeleteReply, deleteReply, renameReply, verifyDuplicatesReply } from './lifecycle-replies.js';
import { pathParam, requiredTextParam } from './params.js';
import { pathList } from './path-list.js';
import { defineRoutes } from './route-definition.js';

/** Routes that delete, rename and verify models. */
export const LIFECYCLE_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'deleteModel',
    methods: ['POST'],
    path: '/api/lm/{prefix}/delete',
    scope: 'model',
    effect: 'write',
    summary: 'Moves a model with all that belongs to it into the trash.',
    body: z.object({ file_path: pathParam() }),
    reply: deleteReply,
  },
  {
    handler: 'bulkDeleteModels',
    methods: ['POST'],
    path: '/api/lm/{prefix}/bulk-delete',
    scope: 'model',
    effect: 'write',
    summary: 'Moves many models into one batch of the trash.',
    body: z.object({ file_paths: pathList() }),
    reply: bulkDeleteReply,
  },
  {
    handler: 'renameModel',
    methods: ['POST'],
    path: '/api/lm/{prefix}/rename',
    scope: 'model',
    effect: 'write',
    summary: 'Gives a model, and all that belongs to it, another name in its folder.',
    body: z.object({ file_path: pathParam(), new_file_name: requiredTextParam() }),
    reply: renameReply,
  },
  {
    handler: 'verifyDuplicates',
    methods: ['POST'],
    path: '/api/lm/{prefix}/verify-duplicates',
    scope: 'model',
    effect: 'write',
    summary: 'Reads claimed duplicates in full and says which of them are none.',
    body: z.object({ file_paths: pathList() }),
    reply: verifyDuplicatesReply,
  },
]);
