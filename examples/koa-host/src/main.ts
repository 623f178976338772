import { once } from 'node:events';
import { argv } from 'node:process';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { Router } from '@koa/router';
import { modelshelf } from '@modelshelf/adapter-koa';
import { createModelLibrary, type RootsConfiguration } from '@modelshelf/core';
import { modelPages } from '@modelshelf/ui';
import Koa, { type Context } from 'koa';

// The login that the application has anyway.
const users = new Map([
  ['Bearer look-only', 'reader'],
  ['Bearer all-powers', 'admin'],
]);
const userOf = (ctx: Pick<Context, 'get'>) => users.get(ctx.get('authorization'));

/** Starts an application of its own with Modelshelf below `/models`. */
export async function start(port: number, roots: RootsConfiguration) {
  const app = new Koa();
  // region mount
  const library = createModelLibrary({
    roots,
    pages: modelPages(),
    authorize: (_request, route, user) => user === 'admin' || (user === 'reader' && route.effect === 'read'),
  });
  app.use(modelshelf(library, { prefix: '/models', principal: userOf }).routes()); // before your body parsers
  // endregion
  const own = new Router();
  own.post('/notes', async (ctx) => (ctx.body = { note: await json(ctx.req), by: userOf(ctx) ?? null }));
  app.use(own.routes());
  const server = app.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, library };
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) await start(8188, { loras: [argv[2] ?? '.'] });
