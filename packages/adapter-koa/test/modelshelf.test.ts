import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from '@koa/router';
import { modelshelf } from '@modelshelf/adapter-koa';
import type { RouteHost } from '@modelshelf/core';
import { conformanceRouteHost } from '@modelshelf/core/testing';
import Koa from 'koa';
import mountAt from 'koa-mount';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let directory: string;
let library: RouteHost;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelshelf-koa-'));
  library = await conformanceRouteHost(directory);
});
afterEach(async () => {
  server?.close().closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

async function listen(app: { callback(): RequestListener }): Promise<string> {
  server = createServer(app.callback()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const linkBase = async (url: string) => (await fetch(`${url}/conformance/link-base?x=1`)).json();

describe('mount paths', () => {
  test('koa-mount inside koa-mount with a prefixed router', async () => {
    const inner = new Koa();
    inner.use(modelshelf(library, { prefix: '/studio' }).routes());
    const app = new Koa().use(mountAt('/a', mountAt('/b', inner)));
    expect(await linkBase(`${await listen(app)}/a/b/studio`)).toMatchObject({ basePath: '/a/b/studio' });
  });

  test('a router inside a router inside a router', async () => {
    const middle = new Router().use('/studio', modelshelf(library).routes());
    const outer = new Router({ prefix: '/teams/:team' }).use('/ai', middle.routes());
    const origin = await listen(new Koa().use(outer.routes()));
    expect(await linkBase(`${origin}/teams/ink%20team/ai/studio`)).toMatchObject({
      basePath: '/teams/ink%20team/ai/studio',
    });
  });

  test('a host that rewrote the path mounted the library at the top', async () => {
    const rewrite: Koa.Middleware = (ctx, next) => {
      ctx.path = ctx.path.replace('/v1', '/conformance');
      return next();
    };
    const origin = await listen(new Koa().use(rewrite).use(modelshelf(library).routes()));
    expect(await (await fetch(`${origin}/v1/link-base`)).json()).toMatchObject({ basePath: '' });
  });
});

test('a route at the very top of a mount is found', async () => {
  const [binding] = library.bindings;
  if (binding === undefined) throw new Error('no bindings');
  const top: RouteHost = {
    ...library,
    match: (method, path) => (method === 'GET' && path === '/' ? { binding, params: {} } : undefined),
  };
  const origin = await listen(new Koa().use(modelshelf(top, { prefix: '/studio' }).routes()));
  expect((await fetch(`${origin}/studio/`)).status).toBe(200);
  expect((await fetch(`${origin}/studio/other`)).status).toBe(404);
});

describe('the host', () => {
  test('sees the pattern with the prefix of the routers', async () => {
    const seen: unknown[] = [];
    const app = new Koa().use(async (ctx, next) => {
      await next();
      seen.push(ctx['_matchedRoute']);
    });
    app.use(new Router({ prefix: '/teams/:team' }).use('/studio', modelshelf(library).routes()).routes());
    await fetch(`${await listen(app)}/teams/ink/studio/conformance/items/a`);
    expect(seen).toEqual(['/teams/:team/studio/conformance/items/:id']);
  });

  test('its allowedMethods speak for its own routes only', async () => {
    const own = new Router().get('/host', (ctx) => void (ctx.body = 'own'));
    const app = new Koa().use(modelshelf(library).routes()).use(own.routes()).use(own.allowedMethods());
    const origin = await listen(app);
    const wrong = await fetch(`${origin}/host`, { method: 'PUT' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
    expect((await fetch(`${origin}/nobody`, { method: 'OPTIONS' })).status).toBe(404);
    expect((await fetch(`${origin}/nobody`, { method: 'PUT' })).status).toBe(404);
  });

  test('hears of its own failures while it hears nothing of streams that clients leave', async () => {
    const errors: string[] = [];
    const app = new Koa().on('error', (error: Error) => errors.push(error.message));
    app.use(modelshelf(library, { principal: () => Promise.reject(new Error('no session store')) }).routes());
    expect((await fetch(`${await listen(app)}/conformance/ping`)).status).toBe(500);
    expect(errors).toEqual(['no session store']);
  });

  test('middleware in front may change headers and sees status and length', async () => {
    const app = new Koa().use(async (ctx, next) => {
      await next();
      ctx.set('x-seen', `${ctx.status} ${ctx.length}`);
    });
    app.use(modelshelf(library).routes());
    const answer = await fetch(`${await listen(app)}/conformance/value/null`);
    expect(answer.headers.get('x-seen')).toBe('200 4');
  });
});
