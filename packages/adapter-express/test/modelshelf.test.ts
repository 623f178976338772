import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelshelf } from '@modelshelf/adapter-express';
import { conformanceRouteHost } from '@modelshelf/core/testing';
import express, { Router, type Express } from 'express';
import { afterEach, beforeEach, expect, test } from 'vitest';

let directory: string;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelshelf-express-'));
});
afterEach(async () => {
  server?.close().closeAllConnections();
  await rm(directory, { recursive: true, force: true });
});

async function listen(app: Express): Promise<string> {
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('the host sees the route in the form in which Express writes routes', async () => {
  const seen: unknown[] = [];
  const app = express();
  app.use((req, res, next) => {
    res.once('finish', () => seen.push(req.route));
    next();
  });
  app.use(modelshelf(await conformanceRouteHost(directory)));
  await fetch(`${await listen(app)}/conformance/items/some-item`);
  expect(seen).toEqual([{ path: '/conformance/items/:id' }]);
});

test('nested routers and a parameter in the mount path add up to what links begin with', async () => {
  const parent = Router();
  parent.use('/studio', modelshelf(await conformanceRouteHost(directory)));
  const app = express();
  app.use('/teams/:team', parent);
  const answer = await fetch(`${await listen(app)}/teams/ink%20team/studio/conformance/link-base?x=1`);
  expect(await answer.json()).toMatchObject({ basePath: '/teams/ink%20team/studio' });
});

test('a principal that fails is the host’s error, answered by the host’s error handler', async () => {
  const app = express();
  const failing = () => Promise.reject(new Error('no session store'));
  app.use(modelshelf(await conformanceRouteHost(directory), { principal: failing }));
  app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
    res.status(502).send(error.message);
  });
  const answer = await fetch(`${await listen(app)}/conformance/ping`);
  expect([answer.status, await answer.text()]).toEqual([502, 'no session store']);
});

test('paths that are not ours keep the URL that the host wrote', async () => {
  const app = express();
  app.use('/studio', modelshelf(await conformanceRouteHost(directory)));
  app.use((req, res) => void res.json({ url: req.url, route: req.route ?? null }));
  const answer = await fetch(`${await listen(app)}/studio/conformance/none?a=1`);
  expect(await answer.json()).toEqual({ url: '/studio/conformance/none?a=1', route: null });
});
