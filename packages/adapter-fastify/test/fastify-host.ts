import { createRequire } from 'node:module';
import { modelshelf } from '@modelshelf/adapter-fastify';
import { conformancePrincipal, hostFailed, hostNotFound, type StartHost } from '@modelshelf/core/testing';
import { fastify, type FastifyPluginCallback } from 'fastify';

// Its typings name a package that it does not depend on, so they do not compile.
const multipart: unknown = createRequire(import.meta.url)('@fastify/multipart');
const isPlugin = (value: unknown): value is FastifyPluginCallback => typeof value === 'function';

/** A Fastify application with routes, parsers, hooks and an error handler of its own around the library. */
export const startFastify: StartHost = async (library, { mount, hostParsers }) => {
  const app = fastify();
  const errors: string[] = [];
  const matched: string[] = [];
  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    errors.push(error.message);
    return reply
      .code(error.statusCode ?? 500)
      .type('text/plain')
      .send(hostFailed);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).type('text/plain').send(hostNotFound));
  app.addHook('onRequest', async ({ headers, raw }) => {
    if (headers['x-host-drains'] !== undefined) for await (const _ of raw);
  });
  app.addHook('onResponse', async ({ routeOptions }) => {
    if (routeOptions.url !== undefined) matched.push(routeOptions.url);
  });
  if (hostParsers && isPlugin(multipart)) await app.register(multipart);
  app.get('/host/before', () => 'before');

  const principal = ({ headers }: { headers: Parameters<typeof conformancePrincipal>[0] }) =>
    conformancePrincipal(headers);
  await app.register(modelshelf, { library, principal, prefix: mount });

  app.get('/host/ping', () => 'pong');
  app.post('/host/echo', ({ body }) => body);
  app.get('/host/fail', () => {
    throw new Error('a failure of the host');
  });
  app.get('/host/errors', () => errors);
  app.get('/host/matched', () => matched);

  const origin = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    url: `${origin}${mount}`,
    // The parsers of the host do not reach into the plugin, so nobody is in front of the library.
    traits: { parsersReadJson: false, parsersReadMultipart: false, showsMatchedPaths: true },
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
};
