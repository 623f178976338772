import { z } from 'zod';
import { integerParam } from './params.js';
import { pathList } from './path-list.js';
import { defineRoutes } from './route-definition.js';
import { purgeTrashReply, restoreTrashReply, trashReply, undoDeleteReply } from './trash-replies.js';

const MAX_BATCHES = 10_000;

const batchId = () =>
  z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'expected text') })
    .regex(/^[0-9a-f]{32}$/, 'Invalid batch_id');

/** Routes over what was deleted. */
export const TRASH_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'undoDelete',
    methods: ['POST'],
    path: '/api/lm/undo-delete',
    scope: 'library',
    effect: 'write',
    summary: 'Takes back a deletion: all its files are where they were, or none.',
    body: z.object({ batch_id: batchId() }),
    reply: undoDeleteReply,
  },
  {
    handler: 'listTrash',
    methods: ['GET'],
    path: '/api/lm/trash',
    scope: 'library',
    effect: 'read',
    summary: 'What was deleted and can be brought back, the newest first.',
    query: z.object({
      page: integerParam({ default: 1, min: 1 }),
      page_size: integerParam({ default: 20, min: 1, max: 100 }),
      batch_id: batchId().optional(),
    }),
    reply: trashReply,
  },
  {
    handler: 'restoreTrash',
    methods: ['POST'],
    path: '/api/lm/trash/restore',
    scope: 'library',
    effect: 'write',
    summary: 'Brings back a batch, or exactly the files of it that are named.',
    body: z.object({ batch_id: batchId(), file_paths: pathList().optional() }),
    reply: restoreTrashReply,
  },
  {
    handler: 'purgeTrash',
    methods: ['POST'],
    path: '/api/lm/trash/purge',
    scope: 'library',
    effect: 'write',
    summary: 'Removes batches for good: by id, by age, or all with "confirm": true.',
    body: z
      .object({
        batch_ids: z.array(batchId()).min(1, 'is required').max(MAX_BATCHES).optional(),
        older_than_days: z.number({ error: 'expected a number' }).min(0, 'expected 0 or more').optional(),
        all: z.literal(true, { error: 'expected true' }).optional(),
        confirm: z.boolean({ error: 'expected true or false' }).default(false),
      })
      .refine(
        ({ batch_ids, older_than_days, all }) =>
          [batch_ids, older_than_days, all].filter((each) => each !== undefined).length === 1,
        { error: 'expected exactly one of batch_ids, older_than_days and all' },
      )
      .refine(({ all, confirm }) => all === undefined || confirm, {
        error: 'emptying the trash needs "confirm": true',
        path: ['confirm'],
      }),
    reply: purgeTrashReply,
  },
]);
