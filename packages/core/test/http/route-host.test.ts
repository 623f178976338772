import { connect } from 'node:net';
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ModelshelfError } from '../../src/errors.js';
import { createRouteHost } from '../../src/http/create-route-host.js';
import { fromNode } from '../../src/http/node-request.js';
import { writeNode } from '../../src/http/write-node.js';
import { ask, bind, eventually, listen, post, quiet, route, serve } from './serve.js';

const ok = () => ({ kind: 'json', body: { success: true } }) as const;

describe('createRouteHost', () => {
  it('answers with the envelope whatever goes wrong, and reports what nobody was told', async () => {
    const reported: unknown[] = [];
    const fail = (handler: string, act: () => never) => bind(route({ handler, path: `/${handler}` }), act);
    const url = await serve(
      [
        fail('known', () => {
          throw new ModelshelfError('not_found', 'No such model', { cause: new Error('secret') });
        }),
        fail('unknown', () => {
          throw new Error('secret /home');
        }),
        fail('strange', () => {
          // eslint-disable-next-line @typescript-eslint/only-throw-error
          throw 'secret';
        }),
        { ...bind(route({ handler: 'later', path: '/later' }), ok), resolve: () => fail('x', notReady).resolve() },
      ],
      {
        onError(error, context) {
          reported.push([error, context]);
          throw new Error('the host’s own mistake');
        },
      },
    );
    expect(JSON.parse((await ask(url, '/known?token=1')).text)).toEqual({
      success: false,
      error: 'No such model',
      code: 'not_found',
    });
    for (const path of ['/unknown?token=1', '/strange']) {
      const answer = await ask(url, path);
      expect([answer.status, answer.text]).toEqual([
        500,
        '{"success":false,"error":"Internal server error","code":"internal"}',
      ]);
    }
    const head = await ask(url, '/unknown', { method: 'HEAD' });
    expect([head.status, head.text, head.headers['content-length']]).toEqual([500, '', '67']);
    expect(reported.map((entry) => (entry as [unknown, unknown])[1])).toEqual([
      { method: 'GET', path: '/unknown' },
      { method: 'GET', path: '/strange' },
      { method: 'HEAD', path: '/unknown' },
    ]);
  });

  it('answers 503 in the words of the reference while nothing is attached, before it asks anybody', async () => {
    let asked = 0;
    const binding = {
      ...bind(route({ query: z.object({ a: z.string() }) }), ok),
      resolve() {
        throw new ModelshelfError('service_not_ready', 'x');
      },
    };
    const url = await serve([binding], {
      authorize: () => {
        asked += 1;
        return true;
      },
    });
    const answer = await ask(url, '/thing');
    expect([answer.status, answer.text, answer.headers['retry-after'], asked]).toEqual([
      503,
      '{"success":false,"error":"Service not ready"}',
      '1',
      0,
    ]);
  });

  it('a broken percent-escape in a path of ours is a 400 with the envelope', async () => {
    const url = await serve([bind(route({ path: '/things/{id}' }), ok)]);
    const answer = await ask(url, '/things/%zz');
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([400, 'validation_failed']);
    expect((await ask(url, '/other/%zz')).text).toBe('host');
  });

  it('hands the handler params, query and body as one input, and the call', async () => {
    const definition = route({
      methods: ['POST'],
      path: '/things/{id}',
      params: z.object({ id: z.string() }),
      query: z.object({ page: z.string() }),
      body: z.object({ name: z.string() }),
    });
    const url = await serve(
      [
        bind(definition, (input, { basePath, path, principal, lastEventId }) => ({
          kind: 'json',
          body: { input, basePath, path, principal, lastEventId },
        })),
      ],
      { publicBasePath: '/public' },
    );
    const answer = await post(url, '/things/a%2Fb?page=2', '{"name":"n"}', { 'x-user': 'me', 'last-event-id': '42' });
    expect(JSON.parse(answer.text)).toEqual({
      input: { id: 'a/b', page: '2', name: 'n' },
      basePath: '/public',
      path: '/things/a%2Fb',
      principal: 'me',
      lastEventId: 42,
    });
  });

  it.each(['', 'x', '-1', '1.5', '99999999999999999999'])('Last-Event-ID %j is none', async (id) => {
    const url = await serve([bind(route(), (_input, call) => ({ kind: 'json', body: call.lastEventId ?? null }))]);
    expect((await ask(url, '/thing', { headers: { 'last-event-id': id } })).text).toBe('null');
  });

  it('a POST twin reads its body, a POST without a use for one does not', async () => {
    const url = await serve([
      bind(
        route({ handler: 'twin', path: '/twin', methods: ['GET', 'POST'], query: z.object({ note: z.string() }) }),
        (input) => ({ kind: 'json', body: input }),
      ),
      bind(route({ handler: 'plain', path: '/plain', methods: ['POST'] }), ok),
    ]);
    expect((await ask(url, '/twin?note=a')).text).toBe('{"note":"a"}');
    expect((await post(url, '/twin?note=a', '{"note":"b"}')).text).toBe('{"note":"b"}');
    expect((await post(url, '/twin?note=a', '')).text).toBe('{"note":"a"}');
    expect((await post(url, '/plain', 'not json', { 'content-type': 'text/plain' })).status).toBe(200);
  });

  it('what goes wrong after the client left is nobody’s failure', async () => {
    const reported: unknown[] = [];
    let begun = false;
    let ended = false;
    const url = await serve(
      [
        bind(route(), async (_input, { signal }) => {
          begun = true;
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          ended = true;
          throw new Error('aborted');
        }),
      ],
      { onError: (error) => reported.push(error) },
    );
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /thing HTTP/1.1\r\nhost: h\r\n\r\n');
    await eventually(() => begun, 'the handler');
    socket.destroy();
    await eventually(() => ended, 'the handler to end');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(reported).toEqual([]);
  });

  it('refuses trusted origins that are none when it is made', () => {
    expect(() => createRouteHost([], { ...quiet, trustedOrigins: ['*'] })).toThrow(
      expect.objectContaining({ code: 'invalid_configuration' }),
    );
  });
});

describe('fromNode and writeNode', () => {
  it('the signal of an answered request stays quiet, that of a broken one aborts, also when asked for late', async () => {
    const signals: AbortSignal[] = [];
    const late: (() => AbortSignal)[] = [];
    const url = await listen(
      createServer((req, res) => {
        const request = fromNode(req, res, { url: '/', mountPath: '', params: {} });
        if (req.url === '/late') late.push(() => request.signal);
        else signals.push(request.signal);
        if (req.url === '/answered') void writeNode(res, { status: 200, headers: {}, payload: Buffer.from('x') });
      }),
    );
    await ask(url, '/answered');
    for (const path of ['/hanging', '/late']) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(`GET ${path} HTTP/1.1\r\nhost: h\r\n\r\n`);
      await eventually(() => signals.length + late.length >= (path === '/late' ? 3 : 2), path);
      socket.destroy();
    }
    await eventually(() => signals[1]?.aborted === true, 'the abort');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([signals[0]?.aborted, late[0]?.().aborted]).toEqual([false, true]);
  });

  it('writeNode settles and destroys its source when the client leaves, and when it left before', async () => {
    const sources: Readable[] = [];
    let settled = 0;
    const endless = (): Readable => {
      const source = new Readable({ read: () => void source.push(Buffer.alloc(65_536)) });
      sources.push(source);
      return source;
    };
    const url = await listen(
      createServer((_req, res) => {
        void (async () => {
          await writeNode(res, { status: 200, headers: {}, payload: endless() });
          settled += 1;
          await writeNode(res, { status: 200, headers: {}, payload: endless() });
          settled += 1;
        })();
      }),
    );
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n');
    socket.once('data', () => socket.destroy());
    await eventually(() => settled === 2, 'both writes');
    await eventually(() => sources.every((source) => source.destroyed), 'the sources');
    expect(sources).toHaveLength(2);
  });
});

const notReady = (): never => {
  throw new ModelshelfError('service_not_ready', 'x');
};
