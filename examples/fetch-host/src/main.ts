import { once } from 'node:events';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { serve } from '@hono/node-server';
import { createModelLibrary, type RootsConfiguration } from '@modelshelf/core';
import { toFetchHandler } from '@modelshelf/core/fetch';
import { modelPages } from '@modelshelf/ui';
import { Hono } from 'hono';

// The login that the application has anyway.
const users = new Map([
  ['Bearer look-only', 'reader'],
  ['Bearer all-powers', 'admin'],
]);
const userOf = (request: Request) => users.get(request.headers.get('authorization') ?? '');

/** Starts an application of its own with Modelshelf below `/models`. */
export async function start(port: number, roots: RootsConfiguration) {
  const app = new Hono();
  app.post('/notes', async (c) => c.json({ note: await c.req.json<unknown>(), by: userOf(c.req.raw) ?? null }));
  // region mount
  const library = createModelLibrary({
    roots,
    pages: modelPages(),
    authorize: (_request, route, user) => user === 'admin' || (user === 'reader' && route.effect === 'read'),
  });
  const answer = toFetchHandler(library, { basePath: '/models', principal: userOf });
  app.all('/models/*', (c) => answer(c.req.raw));
  // endregion
  const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' });
  await once(server, 'listening');
  return { server, library };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await start(8188, { loras: [argv[2] ?? '.'] });
