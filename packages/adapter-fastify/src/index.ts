import { fromNode, type RouteHost } from '@modelshelf/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Options of the Fastify adapter; `prefix` is Fastify's own. */
export interface ModelshelfOptions {
  /** The library whose routes are registered. */
  readonly library: RouteHost;
  /** Where Fastify mounts the plugin: `/studio`. */
  readonly prefix?: string;
  /** Says who is calling; what it returns is handed to `authorize` and to the handlers. */
  principal?(request: FastifyRequest): unknown;
}

/**
 * A Fastify plugin that registers the library's routes natively. It is encapsulated: parsers of the host do not
 * reach in, nothing of it leaks out.
 *
 * @example
 * await app.register(modelshelf, { library, prefix: '/studio' });
 */
export async function modelshelf(scope: FastifyInstance, options: ModelshelfOptions): Promise<void> {
  const { library } = options;
  // A second parser for a type that the host's plugins took, such as multipart, would be refused.
  scope.removeAllContentTypeParsers();
  // The core reads bodies itself, with limits of its own.
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));

  // A prefix may hold parameters, so it is told by the number of its segments.
  const mount = new RegExp(`^(?:/[^/?]*){${scope.prefix.split('/').length - 1}}`);
  for (const binding of library.bindings) {
    scope.route<{ Params: Record<string, string> }>({
      method: binding.methods.includes('GET') ? [...binding.methods, 'HEAD'] : [...binding.methods],
      url: binding.path.replaceAll(':', '::').replace(/\{(\w+)\}/g, ':$1'),
      exposeHeadRoute: false,
      async handler(request, reply) {
        const { url = '' } = request.raw;
        const [mountPath = ''] = mount.exec(url) ?? [];
        const parts = { url: url.slice(mountPath.length), mountPath, params: request.params };
        const caller = await options.principal?.(request);
        const wire = await library.handle(binding, fromNode(request.raw, reply.raw, parts), caller);
        // Through `send`, so that the host's `onSend` and `onResponse` hooks run; null would be sent as JSON.
        return reply
          .code(wire.status)
          .headers(wire.headers)
          .send(wire.payload ?? undefined);
      },
    });
  }
}
