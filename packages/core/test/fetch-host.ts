import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { toFetchHandler } from '../src/fetch.js';
import { conformancePrincipal, hostFailed, hostNotFound, type StartHost } from '../src/testing/index.js';

/** A Hono application with routes and an error handler of its own around the library, on Node. */
export const startHono: StartHost = async (library, { mount }) => {
  const app = new Hono();
  const errors: string[] = [];
  app.onError((error, c) => {
    errors.push(error.message);
    return c.text(hostFailed, 500);
  });
  app.notFound((c) => c.text(hostNotFound, 404));
  app.get('/host/before', (c) => c.text('before'));

  // Hono's middleware passes on by calling `next`, so an answer that only says so stands for "not ours".
  const passOn = new Response();
  const handle = toFetchHandler(library, {
    basePath: mount,
    principal: (request) => conformancePrincipal(Object.fromEntries(request.headers)),
    notFound: () => passOn,
  });
  app.use(async (c, next) => {
    if (c.req.header('x-host-drains') !== undefined) await c.req.raw.arrayBuffer();
    const answer = await handle(c.req.raw);
    return answer === passOn ? next() : answer;
  });

  app.get('/host/ping', (c) => c.text('pong'));
  app.get('/host/fail', () => {
    throw new Error('a failure of the host');
  });
  app.get('/host/errors', (c) => c.json(errors));

  const listener = getRequestListener(app.fetch);
  const server = createServer((req, res) => void listener(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${mount}`,
    async close() {
      server.close().closeAllConnections();
      await once(server, 'close');
    },
  };
};
