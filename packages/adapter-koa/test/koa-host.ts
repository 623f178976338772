import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Router, type RouterContext } from '@koa/router';
import { modelshelf } from '@modelshelf/adapter-koa';
import {
  conformancePrincipal,
  hostFailed,
  hostNotFound,
  type ConformanceCell,
  type StartHost,
  type StartedHost,
} from '@modelshelf/core/testing';
import type { RouteHost } from '@modelshelf/core';
import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import mountAt from 'koa-mount';

/** The ways in which Koa hosts mount a router; at the top they are all the same. */
const mounts = {
  'koa-mount': (app: Koa, library: RouteHost, mount: string) => {
    const inner = new Koa();
    inner.use(modelshelf(library, { principal }).routes());
    app.use(mountAt(mount === '' ? '/' : mount, inner));
  },
  'prefix option': (app: Koa, library: RouteHost, mount: string) => {
    app.use(modelshelf(library, { principal, prefix: mount }).routes());
  },
  'nested router': (app: Koa, library: RouteHost, mount: string) => {
    app.use(new Router().use(mount, modelshelf(library, { principal }).routes()).routes());
  },
};

function principal({ headers }: RouterContext): unknown {
  return conformancePrincipal(headers);
}

/** A Koa application with routes, parsers and an error handler of its own around the library. */
export function startKoa(way: keyof typeof mounts): StartHost {
  return async (library: RouteHost, { mount, hostParsers }: ConformanceCell): Promise<StartedHost> => {
    const app = new Koa();
    const errors: string[] = [];
    const matched: string[] = [];
    app.on('error', (error: Error) => errors.push(error.message));
    app.use(async (ctx, next) => {
      try {
        await next();
      } catch (error) {
        const known = error instanceof Error ? error : new Error(String(error));
        errors.push(known.message);
        ctx.status = 'status' in known && typeof known.status === 'number' ? known.status : 500;
        ctx.body = hostFailed;
      }
      const path: unknown = ctx['_matchedRoute'];
      if (typeof path === 'string') matched.push(path);
      if (ctx.status === 404 && ctx.body === undefined) {
        ctx.body = hostNotFound;
        ctx.status = 404;
      }
    });

    const before = new Router().get('/host/before', (ctx) => void (ctx.body = 'before'));
    app.use(before.routes()).use(before.allowedMethods());
    if (hostParsers) app.use(bodyParser());
    app.use(async (ctx, next) => {
      if (ctx.headers['x-host-drains'] !== undefined) for await (const _ of ctx.req);
      return next();
    });
    mounts[way](app, library, mount);

    const after = new Router();
    after.get('/host/ping', (ctx) => void (ctx.body = 'pong'));
    after.post('/host/echo', (ctx) => void (ctx.body = ctx.request.body));
    after.get('/host/fail', () => {
      throw new Error('a failure of the host');
    });
    after.get('/host/errors', (ctx) => void (ctx.body = errors));
    after.get('/host/matched', (ctx) => void (ctx.body = matched));
    app.use(after.routes()).use(after.allowedMethods());

    const handle = app.callback();
    const server = createServer((req, res) => void handle(req, res)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}${mount}`,
      traits: { showsMatchedPaths: true },
      async close() {
        server.close().closeAllConnections();
        await once(server, 'close');
      },
    };
  };
}
