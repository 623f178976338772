import type { RequestListener } from 'node:http';
import { modelshelf } from '@modelshelf/adapter-fastify';
import type { ModelLibrary } from '@modelshelf/core';
import fastify from 'fastify';

/** Serves a library with Fastify. */
export async function startFastify(library: ModelLibrary): Promise<RequestListener> {
  const app = fastify();
  app.get('/', (_request, reply) => reply.redirect('/loras'));
  await app.register(modelshelf, { library });
  await app.ready();
  return (request, response) => app.routing(request, response);
}
