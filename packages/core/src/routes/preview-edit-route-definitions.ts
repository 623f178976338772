import { z } from 'zod';
import { integerParam, pathParam, requiredTextParam } from './params.js';
import { replacedPreviewReply } from './preview-edit-replies.js';
import { defineRoutes } from './route-definition.js';

/** As long as browsers and servers take them. */
const MAX_URL = 8192;

/** Routes that give a model another preview. */
export const PREVIEW_EDIT_ROUTE_DEFINITIONS = defineRoutes([
  {
    handler: 'replacePreview',
    methods: ['POST'],
    path: '/api/lm/{prefix}/replace-preview',
    scope: 'model',
    effect: 'write',
    summary:
      'Stores an uploaded picture or video (`preview_file`, `model_path`, `nsfw_level`) as the preview of a model.',
    body: 'multipart',
    reply: replacedPreviewReply,
  },
  {
    handler: 'setPreviewFromUrl',
    methods: ['POST'],
    path: '/api/lm/{prefix}/set-preview-from-url',
    scope: 'model',
    effect: 'write',
    summary: 'Downloads a picture or video from a public address and stores it as the preview of a model.',
    body: z.object({
      model_path: pathParam(),
      image_url: requiredTextParam({ maxLength: MAX_URL }),
      nsfw_level: integerParam({ min: 0 })
        .nullable()
        .transform((level) => level ?? 0),
    }),
    reply: replacedPreviewReply,
  },
]);
