import { z } from 'zod';
import { pathParam, requiredTextParam, textParam } from './params.js';
import { civitaiUrlReply, descriptionReply, metadataReply, notesReply, previewUrlReply } from './replies.js';
import { defineRoutes } from './route-definition.js';

/** Routes about one model. */
export const MODEL_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'getModelNotes',
    methods: ['GET'],
    path: '/api/lm/{prefix}/get-notes',
    scope: 'model',
    effect: 'read',
    summary: 'The notes of a model given by name or by folder and name.',
    query: z.object({ name: requiredTextParam() }),
    reply: notesReply,
  },
  {
    handler: 'getModelPreviewUrl',
    methods: ['GET'],
    path: '/api/lm/{prefix}/preview-url',
    scope: 'model',
    effect: 'read',
    summary: 'The preview URL of a model given by name or by folder and name.',
    query: z.object({ name: requiredTextParam(), license_flags: textParam() }),
    reply: previewUrlReply,
  },
  {
    handler: 'getModelCivitaiUrl',
    methods: ['GET'],
    path: '/api/lm/{prefix}/civitai-url',
    scope: 'model',
    effect: 'read',
    summary: 'The remote page of a model given by name or by folder and name.',
    query: z.object({ name: requiredTextParam() }),
    reply: civitaiUrlReply,
  },
  {
    handler: 'getModelMetadata',
    methods: ['GET'],
    path: '/api/lm/{prefix}/metadata',
    scope: 'model',
    effect: 'read',
    summary: 'What the sidecar of one model knows of its remote version.',
    query: z.object({ file_path: pathParam() }),
    reply: metadataReply,
  },
  {
    handler: 'getModelDescription',
    methods: ['GET'],
    path: '/api/lm/{prefix}/model-description',
    scope: 'model',
    effect: 'read',
    summary: 'The description in the sidecar of one model.',
    query: z.object({ file_path: pathParam() }),
    reply: descriptionReply,
  },
]);
