import { defineExtension, defineRoutes, listParam } from '@modelshelf/core';

/** What the tiny route answers, with a library and by hand. */
export const TINY_ANSWER = ['safetensors', 'ckpt', 'gguf'];

/** Path of the tiny route. */
export const TINY_PATH = '/api/bench/tiny';

/** The tiny route as a host adds it: bound after all routes of the library. */
export const tinyRoute = defineExtension({
  routes: defineRoutes([
    {
      handler: 'getTiny',
      methods: ['GET'],
      path: TINY_PATH,
      scope: 'library',
      effect: 'read',
      summary: 'Answers three words.',
      reply: listParam(),
    },
  ]),
  handlers: () => ({ getTiny: () => ({ kind: 'json', body: TINY_ANSWER }) }),
});
