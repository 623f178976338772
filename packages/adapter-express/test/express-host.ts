import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { modelshelf } from '@modelshelf/adapter-express';
import { conformancePrincipal, hostFailed, hostNotFound, type StartHost } from '@modelshelf/core/testing';
import express, { type NextFunction, type Request, type Response } from 'express';

/** An Express application with routes, parsers and an error handler of its own around the library. */
export const startExpress: StartHost = async (library, { mount, hostParsers }) => {
  const app = express();
  const errors: string[] = [];
  const matched: string[] = [];
  app.use((req, res, next) => {
    res.once('finish', () => {
      const route: unknown = req.route;
      if (typeof route === 'object' && route !== null && 'path' in route)
        matched.push(req.baseUrl + String(route.path));
    });
    next();
  });
  app.get('/host/before', (_req, res) => void res.send('before'));
  if (hostParsers) app.use(express.json(), express.urlencoded({ extended: true }));
  app.use(async (req, _res, next) => {
    if (req.headers['x-host-drains'] !== undefined) for await (const _ of req);
    next();
  });

  const router = modelshelf(library, { principal: (req) => conformancePrincipal(req.headers) });
  if (mount === '') app.use(router);
  else app.use(mount, router);

  app.get('/host/ping', (_req, res) => void res.send('pong'));
  app.post('/host/echo', (req, res) => void res.json(req.body));
  app.get('/host/fail', () => {
    throw new Error('a failure of the host');
  });
  app.get('/host/errors', (_req, res) => void res.json(errors));
  app.get('/host/matched', (_req, res) => void res.json(matched));
  app.use((_req, res) => void res.status(404).type('text').send(hostNotFound));
  app.use((error: { message: string; status?: number }, _req: Request, res: Response, _next: NextFunction) => {
    errors.push(error.message);
    res
      .status(error.status ?? 500)
      .type('text')
      .send(hostFailed);
  });

  const server = createServer(app).listen(0, '127.0.0.1');
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
