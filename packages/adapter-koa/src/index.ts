import { Readable } from 'node:stream';
import { Router, type RouterContext } from '@koa/router';
import { fromNode, type RouteHost } from '@modelshelf/core';
import type { Next } from 'koa';

/** Options of the Koa adapter. */
export interface ModelshelfOptions {
  /** Says who is calling; what it returns is handed to `authorize` and to the handlers. */
  principal?(ctx: RouterContext): unknown;
  /** Prefix of the router, as in `new Router({ prefix })`. */
  readonly prefix?: string;
}

const catchAll = '/*modelshelf';

/**
 * Returns a `@koa/router` router that answers the library's routes and leaves every other request to the host.
 *
 * @example
 * app.use(modelshelf(library).routes());
 * app.use(modelshelf(library, { prefix: '/studio', principal: (ctx) => ctx.state.user }).routes());
 */
export function modelshelf(host: RouteHost, options: ModelshelfOptions = {}): Router {
  const { prefix = '' } = options;
  const router = new Router({ prefix, sensitive: true, strict: true });
  router.all(['/', catchAll], answer);
  return router;

  async function answer(ctx: RouterContext, next: Next): Promise<void> {
    // What comes after prefix, nesting and mount, as the client wrote it: captures are not decoded.
    const path = 'modelshelf' in ctx.params ? `/${ctx.captures?.at(-1)}` : '/';
    const match = host.match(ctx.method, path);
    if (match === undefined) {
      // Else the host's `allowedMethods()` would speak for a path that is not ours.
      ctx.matched = ctx.matched?.filter((layer) => !layer.stack.includes(answer)) ?? [];
      await next();
      return;
    }
    const { binding, params } = match;
    // What metrics and tracing read, with whatever prefix the host has put before it.
    ctx._matchedRoute = ctx.routerPath?.replace(catchAll, binding.path.replace(/\{(\w+)\}/g, ':$1')) ?? binding.path;
    const [asked = ''] = ctx.originalUrl.split('?', 1);
    // A host that rewrote the path has no place to tell where it mounted us.
    const mountPath = asked.endsWith(path) ? asked.slice(0, -path.length) : '';
    const parsedBody = 'body' in ctx.request ? ctx.request.body : undefined;
    const request = fromNode(ctx.req, ctx.res, { url: path + ctx.search, mountPath, params, parsedBody });
    const { status, headers, payload } = await host.handle(binding, request, await options.principal?.(ctx));
    if (payload instanceof Readable) follow(ctx, payload);
    // In this order: null forces a 204 and drops the content type, so a body of no bytes is not null. Any other body
    // comes last: once the type is known Koa does not guess one.
    if (payload === null) ctx.body = ctx.method === 'HEAD' ? null : Buffer.alloc(0);
    ctx.status = status;
    ctx.set(headers);
    if (payload !== null) ctx.body = payload;
  }
}

/** A stream that breaks off takes the connection with it; that is no error of the host, whoever left first. */
function follow(ctx: RouterContext, payload: Readable): void {
  const report = ctx.onerror.bind(ctx);
  ctx.onerror = (error) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) report(error);
  };
  // Koa 3.0 pipes without looking at the source, and the client would wait for the rest.
  payload.once('close', () => void (payload.readableEnded || ctx.res.destroy()));
}
