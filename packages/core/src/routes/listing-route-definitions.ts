import { filterQuery } from './filter-query.js';
import { excludedQuery, listQuery, relativePathsQuery } from './list-query.js';
import { conflictsReply, duplicatesReply, listReply, relativePathsReply } from './replies.js';
import { defineRoutes } from './route-definition.js';

/** Routes that answer several models at once. */
export const LISTING_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'handleModelsPage',
    methods: ['GET'],
    path: '/{prefix}',
    scope: 'model',
    effect: 'read',
    summary: 'The page of a model type.',
    reply: 'html',
  },
  {
    handler: 'getModels',
    methods: ['GET'],
    path: '/api/lm/{prefix}/list',
    scope: 'model',
    effect: 'read',
    summary: 'Models, filtered, sorted and paged.',
    query: listQuery,
    reply: listReply,
  },
  {
    handler: 'getExcludedModels',
    methods: ['GET'],
    path: '/api/lm/{prefix}/excluded',
    scope: 'model',
    effect: 'read',
    summary: 'Models that are left out of lists by their own sidecar, searched, sorted and paged.',
    query: excludedQuery,
    reply: listReply,
  },
  {
    handler: 'findDuplicateModels',
    methods: ['GET'],
    path: '/api/lm/{prefix}/find-duplicates',
    scope: 'model',
    effect: 'read',
    summary: 'Groups of files with the same content; the likely original first.',
    query: filterQuery,
    reply: duplicatesReply,
  },
  {
    handler: 'findFilenameConflicts',
    methods: ['GET'],
    path: '/api/lm/{prefix}/find-filename-conflicts',
    scope: 'model',
    effect: 'read',
    summary: 'Groups of models that share a file name.',
    reply: conflictsReply,
  },
  {
    handler: 'getRelativePaths',
    methods: ['GET'],
    path: '/api/lm/{prefix}/relative-paths',
    scope: 'model',
    effect: 'read',
    summary: 'Paths below the roots that hold every word and none with a leading minus.',
    query: relativePathsQuery,
    reply: relativePathsReply,
  },
]);
