import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createLibraryHandlers } from '../../src/handlers/library-handler-set.js';
import { createRouteHost } from '../../src/http/create-route-host.js';
import { EventStream } from '../../src/http/event-stream.js';
import { fromNode } from '../../src/http/node-request.js';
import { writeNode } from '../../src/http/write-node.js';
import { ProgressEmitter } from '../../src/progress/progress-emitter.js';
import { ProgressSnapshots } from '../../src/progress/progress-snapshots.js';
import type { ServerEvent } from '../../src/shapes/reply.js';
import { bind, eventually, listen, quiet, route } from './serve.js';

const BIG = 'x'.repeat(1024 * 1024);
const options = { heartbeatMs: 100_000, onStreamError: () => undefined };
const never = new AbortController().signal;
const clients: Socket[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

/** A client that asks, and takes nothing of the answer. */
async function askAndPause(url: string): Promise<Socket> {
  const client = connect(Number(new URL(url).port), '127.0.0.1');
  clients.push(client);
  client.on('error', () => undefined).pause();
  await once(client, 'connect');
  client.write('GET /thing HTTP/1.1\r\nHost: a\r\n\r\n');
  return client;
}

/** More than any socket takes. */
async function* flood(): AsyncGenerator<ServerEvent, void, undefined> {
  for (let id = 1; ; id++) {
    await new Promise(setImmediate);
    yield { id, event: 'tick', data: BIG };
  }
}

/** A server that answers everything with one stream. */
async function serveStream(stream: EventStream): Promise<{ server: Server; url: string }> {
  const server = createServer((_req, res) => void writeNode(res, { status: 200, headers: {}, payload: stream }));
  return { server, url: await listen(server) };
}

const connectionsOf = (server: Server) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));

describe('a client that pauses', () => {
  it('is dropped, with its connection', async () => {
    const stream = new EventStream(flood(), never, { ...options, dropAfterMs: 50 });
    const { server, url } = await serveStream(stream);
    await askAndPause(url);
    await eventually(() => stream.destroyed, 'the drop');
    await expect.poll(() => connectionsOf(server)).toBe(0);
  });

  it('does not keep a server from closing when the source closes', async () => {
    const closing = new AbortController();
    const stream = new EventStream(flood(), never, { ...options, closing: closing.signal });
    const { server, url } = await serveStream(stream);
    await askAndPause(url);
    await eventually(() => stream.readableLength > 0, 'a reader that is full');
    const closed = once(server, 'close');
    server.close();
    closing.abort();
    await closed;
  });

  it('does not keep a server from closing when its library closes', async () => {
    const closing = new AbortController();
    const progress = new ProgressEmitter(new ProgressSnapshots({ now: () => 1 }), () => undefined);
    const library = createLibraryHandlers(
      () =>
        ({ progress, signal: closing.signal, previews: { locate: () => Promise.reject(new Error('none')) } }) as never,
      { health: () => ({}) as never, pages: undefined, settings: {} as never },
    );
    const host = createRouteHost(
      [bind(route({ reply: 'events' }), (_input, call) => library.streamProgress({ topics: [] }, call))],
      quiet,
    );
    const server = createServer((req, res) => {
      const match = host.match('GET', '/thing');
      if (match === undefined) return;
      const request = fromNode(req, res, { url: '/thing', mountPath: '', params: {} });
      void host.handle(match.binding, request).then((wire) => writeNode(res, wire));
    });
    await askAndPause(await listen(server));
    const publishing = setInterval(() => {
      progress.publish('models_changed', 'loras', { type: 'models_changed', pageType: BIG, version: 1 });
    }, 1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    clearInterval(publishing);
    const closed = once(server, 'close');
    server.close();
    closing.abort();
    await closed;
  });
});

describe('a client that reads', () => {
  it('is not dropped, however long it takes', async () => {
    const stream = new EventStream(flood(), never, { ...options, dropAfterMs: 60 });
    const taken = new PassThrough({ highWaterMark: 1 });
    stream.pipe(taken);
    for (let reads = 0; reads < 10; reads++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(taken.read()).not.toBeNull();
    }
    expect(stream.destroyed).toBe(false);
    stream.destroy();
  });

  it('gets what was pushed before the source closed, and a clean end', async () => {
    const closing = new AbortController();
    const stream = new EventStream(flood(), never, { ...options, closing: closing.signal });
    await eventually(() => stream.read() !== null, 'the first bytes');
    await eventually(() => stream.readableLength > 0, 'an event');
    closing.abort();
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    expect([text.slice(0, 20), text.slice(-14)]).toEqual(['id: 1\nevent: tick\nda', '"\n\n: closing\n\n']);
  });

  it('may close after its iterator ended', async () => {
    const closing = new AbortController();
    const one = (async function* () {
      yield { id: 1, event: 'tick', data: null };
    })();
    const stream = new EventStream(one, never, { ...options, closing: closing.signal });
    const text = stream.toArray().then((chunks) => chunks.map(String).join(''));
    await new Promise(setImmediate);
    closing.abort();
    expect(await text).toBe(': open\n\nid: 1\nevent: tick\ndata: null\n\n: closing\n\n');
  });

  it('hears of a source that is closed already', async () => {
    const stream = new EventStream(flood(), never, { ...options, closing: AbortSignal.abort() });
    expect((await stream.toArray()).map(String)).toEqual([': closing\n\n']);
  });
});
