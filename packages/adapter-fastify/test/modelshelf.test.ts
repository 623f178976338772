import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelshelf } from '@modelshelf/adapter-fastify';
import type { RouteHost } from '@modelshelf/core';
import { conformanceRouteHost } from '@modelshelf/core/testing';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

let directory: string;
let library: RouteHost;
let app: FastifyInstance;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelshelf-fastify-'));
  library = await conformanceRouteHost(directory);
  app = fastify();
});
afterEach(async () => {
  await app.close();
  await rm(directory, { recursive: true, force: true });
});

const listen = () => app.listen({ port: 0, host: '127.0.0.1' });

describe('encapsulation', () => {
  test('the host keeps its content type parsers, built in and added', async () => {
    app.addContentTypeParser('text/x-own', { parseAs: 'string' }, (_request, body, done) => done(null, { own: body }));
    await app.register(modelshelf, { library });
    app.post('/host', ({ body }) => body);
    const origin = await listen();
    const send = async (type: string, body: string) =>
      (await fetch(`${origin}/host`, { method: 'POST', headers: { 'content-type': type }, body })).text();
    expect(await send('text/x-own', 'mine')).toBe('{"own":"mine"}');
    expect(await send('application/json', '{"a":1}')).toBe('{"a":1}');
    expect(app.hasContentTypeParser('*')).toBe(false);
  });

  test('the host’s error handler and 404 stay the host’s, and its hooks’ refusals are its own answers', async () => {
    app.setErrorHandler<Error>((error, _request, reply) => reply.code(418).send(`host: ${error.message}`));
    app.addHook('preHandler', async ({ headers }) => {
      if (headers['x-locked'] !== undefined) throw new Error('no entry');
    });
    await app.register(modelshelf, { library });
    const origin = await listen();
    const locked = await fetch(`${origin}/conformance/ping`, { headers: { 'x-locked': '1' } });
    expect([locked.status, await locked.text()]).toEqual([418, 'host: no entry']);
    const failed = await fetch(`${origin}/conformance/unexpected/thrown`);
    expect([failed.status, await failed.json()]).toMatchObject([500, { code: 'internal' }]);
  });

  test('hooks of the host see every answer, streams too', async () => {
    const seen: unknown[] = [];
    app.addHook('onSend', async (request, reply, payload) => {
      reply.header('x-host', 'seen');
      return payload;
    });
    app.addHook('onResponse', async (request, reply) => void seen.push([request.routeOptions.url, reply.statusCode]));
    await app.register(modelshelf, { library });
    const origin = await listen();
    for (const path of ['/conformance/items/a', '/conformance/file', '/conformance/empty']) {
      const answer = await fetch(`${origin}${path}`);
      await answer.arrayBuffer();
      expect(answer.headers.get('x-host')).toBe('seen');
    }
    await expect.poll(() => seen.length).toBe(3);
    expect(seen).toContainEqual(['/conformance/items/:id', 200]);
    expect(seen).toContainEqual(['/conformance/empty', 204]);
  });
});

describe('mounting', () => {
  test('a prefix with a parameter is part of what links begin with', async () => {
    await app.register(modelshelf, { library, prefix: '/teams/:team' });
    const origin = await listen();
    const answer = await fetch(`${origin}/teams/ink%20team/conformance/link-base?x=/a`);
    expect(await answer.json()).toEqual({ basePath: '/teams/ink%20team', path: '/conformance/link-base' });
  });

  test('prefixes add up', async () => {
    await app.register(async (scope) => void (await scope.register(modelshelf, { library, prefix: '/studio' })), {
      prefix: '/ai',
    });
    const answer = await fetch(`${await listen()}/ai/studio/conformance/link-base`);
    expect(await answer.json()).toMatchObject({ basePath: '/ai/studio' });
  });

  test('two libraries stand side by side under their prefixes', async () => {
    await app.register(modelshelf, { library, prefix: '/one' });
    await app.register(modelshelf, { library, prefix: '/two' });
    const origin = await listen();
    expect((await fetch(`${origin}/one/conformance/ping`)).status).toBe(200);
    expect((await fetch(`${origin}/two/conformance/ping`)).status).toBe(200);
  });

  test('every binding is a route of Fastify, GET with its HEAD', async () => {
    await app.register(modelshelf, { library });
    for (const { methods, path } of library.bindings) {
      const url = path.replace(/\{(\w+)\}/g, ':$1');
      for (const method of methods) expect(app.hasRoute({ method, url })).toBe(true);
      const isRead = library.bindings.some((other) => other.path === path && other.methods.includes('GET'));
      expect(app.hasRoute({ method: 'HEAD', url })).toBe(isRead);
    }
  });
});
