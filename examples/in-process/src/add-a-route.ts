import { createModelLibrary, defineExtension, defineRoutes, type ModelLibrary } from '@modelshelf/core';
import { z } from 'zod';

/** A library with a route that tells how many bytes the models of a base model take. */
export function openWithSizes(folder: string, dataDir: string): ModelLibrary {
  // region route
  const routes = defineRoutes([
    {
      handler: 'getSizeOfBaseModel',
      methods: ['GET'],
      path: '/api/lm/{prefix}/size/{base_model}',
      scope: 'model',
      effect: 'read',
      summary: 'Bytes that the models of a base model take.',
      params: z.object({ base_model: z.string() }),
      reply: z.object({ bytes: z.number() }),
    },
  ]);
  const sizes = defineExtension({
    routes,
    handlers: ({ modelType, models }) => ({
      getSizeOfBaseModel: ({ base_model }) => {
        const wanted = [...models(modelType?.prefix ?? '').entries()].filter(
          (entry) => entry.base_model === base_model,
        );
        return { kind: 'json', body: { bytes: wanted.reduce((sum, { size }) => sum + size, 0) } };
      },
    }),
  });
  const library = createModelLibrary({ extensions: [sizes], roots: { loras: [folder] }, dataDir });
  // endregion
  return library;
}
