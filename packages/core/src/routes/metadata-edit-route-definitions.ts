import { addTagsBody, bulkEditBody, modelPathBody, saveMetadataBody } from './metadata-edit-bodies.js';
import { addTagsReply, bulkEditReply, messageReply, saveMetadataReply } from './metadata-edit-replies.js';
import { defineRoutes } from './route-definition.js';

/** Routes that change what is known of models, and no model file. */
export const METADATA_EDIT_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'saveMetadata',
    methods: ['POST'],
    path: '/api/lm/{prefix}/save-metadata',
    scope: 'model',
    effect: 'write',
    summary: 'Changes members of the sidecar of one model.',
    body: saveMetadataBody,
    reply: saveMetadataReply,
  },
  {
    handler: 'addTags',
    methods: ['POST'],
    path: '/api/lm/{prefix}/add-tags',
    scope: 'model',
    effect: 'write',
    summary: 'Adds tags to one model.',
    body: addTagsBody,
    reply: addTagsReply,
  },
  {
    handler: 'excludeModel',
    methods: ['POST'],
    path: '/api/lm/{prefix}/exclude',
    scope: 'model',
    effect: 'write',
    summary: 'Leaves one model out of listings.',
    body: modelPathBody,
    reply: messageReply,
  },
  {
    handler: 'unexcludeModel',
    methods: ['POST'],
    path: '/api/lm/{prefix}/unexclude',
    scope: 'model',
    effect: 'write',
    summary: 'Takes an excluded model into listings again.',
    body: modelPathBody,
    reply: messageReply,
  },
  {
    handler: 'bulkEditModels',
    methods: ['POST'],
    path: '/api/lm/{prefix}/bulk-edit',
    scope: 'model',
    effect: 'write',
    summary:
      'Changes tags and base model of the models that are named or pass a filter; dry_run tells what would change.',
    body: bulkEditBody,
    reply: bulkEditReply,
  },
]);
