import { fromNode, writeNode, type RouteHost } from '@modelshelf/core';
import { Router, type Request } from 'express';

/** Options of the Express adapter. */
export interface ModelshelfOptions {
  /** Says who is calling; what it returns is handed to `authorize` and to the handlers. */
  principal?(req: Request): unknown;
}

/**
 * Returns an Express router that answers the library's routes and leaves every other request to the host.
 *
 * @example
 * app.use(modelshelf(library));
 * app.use('/studio', modelshelf(library, { principal: (req) => req.user }));
 */
export function modelshelf(host: RouteHost, options: ModelshelfOptions = {}): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(async (req, res, next) => {
    // Not `req.path`: what comes after the mount, as the client wrote it.
    const [path = ''] = req.url.split('?', 1);
    const match = host.match(req.method, path);
    if (match === undefined) return next();
    const { binding, params } = match;
    // What metrics and tracing read; the name of a parameter is spelled as in a route of Express.
    req.route = { path: binding.path.replace(/\{(\w+)\}/g, ':$1') };
    const body: unknown = req.body;
    const request = fromNode(req, res, { url: req.url, mountPath: req.baseUrl, params, parsedBody: body });
    await writeNode(res, await host.handle(binding, request, await options.principal?.(req)));
  });
  return router;
}
