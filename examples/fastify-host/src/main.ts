import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { modelshelf } from '@modelshelf/adapter-fastify';
import { createModelLibrary, type RootsConfiguration } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import fastify, { type FastifyRequest } from 'fastify';

// The login that the application has anyway.
const users = new Map([
  ['Bearer look-only', 'reader'],
  ['Bearer all-powers', 'admin'],
]);
const userOf = (request: FastifyRequest) => users.get(request.headers.authorization ?? '');

/** Starts an application of its own with Modelshelf below `/models`. */
export async function start(port: number, roots: RootsConfiguration) {
  const app = fastify();
  app.post('/notes', (request) => ({ note: request.body, by: userOf(request) ?? null }));
  // region mount
  const library = createModelLibrary({
    roots,
    pages: modelPages(),
    authorize: (_request, route, user) => user === 'admin' || (user === 'reader' && route.effect === 'read'),
  });
  await app.register(modelshelf, { library, prefix: '/models', principal: userOf });
  // endregion
  await app.listen({ port, host: '127.0.0.1' });
  return { server: app.server, library };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await start(8188, { loras: [argv[2] ?? '.'] });
