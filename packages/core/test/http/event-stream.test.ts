import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { EventStream } from '../../src/http/event-stream.js';
import type { Call } from '../../src/ports/call.js';
import type { ServerEvent } from '../../src/shapes/reply.js';
import { ask, bind, eventually, route, serve } from './serve.js';

/** An iterator that the test steers. */
class Steered implements AsyncIterable<ServerEvent>, AsyncIterator<ServerEvent> {
  pulled = 0;
  returned = 0;
  started = 0;
  #answers: ((result: IteratorResult<ServerEvent>) => void)[] = [];

  [Symbol.asyncIterator](): this {
    this.started += 1;
    return this;
  }
  next(): Promise<IteratorResult<ServerEvent>> {
    this.pulled += 1;
    return new Promise((resolve) => this.#answers.push(resolve));
  }
  return(): Promise<IteratorResult<ServerEvent>> {
    this.returned += 1;
    return Promise.resolve({ done: true, value: undefined });
  }
  say(id: number, data: unknown = { id }): void {
    this.#answers.shift()?.({ done: false, value: { id, event: 'tick', data } });
  }
  end(): void {
    this.#answers.shift()?.({ done: true, value: undefined });
  }
}

const options = { heartbeatMs: 100_000, onStreamError: () => undefined };
const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

async function listen(
  url: string,
): Promise<{ outgoing: ClientRequest; incoming: IncomingMessage; text: () => string }> {
  const outgoing = httpRequest(url);
  outgoing.on('error', () => undefined);
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  incoming.on('error', () => undefined);
  return { outgoing, incoming, text: () => text };
}

const over = (events: AsyncIterable<ServerEvent> | ((call: Call) => AsyncIterable<ServerEvent>), report?: unknown[]) =>
  serve(
    [
      bind(route({ reply: 'events' }), (_input, call) => ({
        kind: 'events',
        events: typeof events === 'function' ? events(call) : events,
      })),
    ],
    { onError: (error) => report?.push(error) },
  );

describe('event stream over a socket', () => {
  it('shows as open before the first event, then sends frames as they come', async () => {
    const events = new Steered();
    const { incoming, text } = await listen(`${await over(events)}/thing`);
    expect(incoming.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    await eventually(() => text().startsWith(': open\n\n'), 'the first bytes');
    await eventually(() => events.pulled === 1, 'the first pull');
    events.say(7, { text: 'two\nlines' });
    await eventually(() => text().includes('id: 7\nevent: tick\ndata: {"text":"two\\nlines"}\n\n'), 'the frame');
    await eventually(() => text().includes(': ping\n\n'), 'a heartbeat');
    await eventually(() => events.pulled === 2, 'the second pull');
    events.end();
    await once(incoming, 'end');
    await tick();
    expect(events.returned).toBe(0);
  });

  it('returns the iterator exactly once when the client leaves', async () => {
    const events = new Steered();
    const reported: unknown[] = [];
    const { outgoing } = await listen(`${await over(events, reported)}/thing`);
    await eventually(() => events.pulled === 1, 'the first pull');
    outgoing.destroy();
    await eventually(() => events.returned === 1, 'the return');
    events.say(1);
    await tick();
    expect([events.returned, events.pulled, reported]).toEqual([1, 1, []]);
  });

  it('a generator that waits on the call’s signal runs its finally', async () => {
    let ended = 0;
    const url = await over(async function* ({ signal }) {
      try {
        yield { id: 1, event: 'tick', data: null };
        await once(signal, 'abort');
      } finally {
        ended += 1;
      }
    });
    const { outgoing, text } = await listen(`${url}/thing`);
    await eventually(() => text().includes('id: 1'), 'the event');
    outgoing.destroy();
    await eventually(() => ended === 1, 'the finally');
  });

  it('an iterator that throws breaks the connection off and is reported', async () => {
    const reported: unknown[] = [];
    const failure = new Error('secret');
    const url = await over(async function* () {
      yield { id: 1, event: 'tick', data: null };
      await tick();
      throw failure;
    }, reported);
    const { incoming, text } = await listen(`${url}/thing`);
    await new Promise((resolve) => incoming.once('close', resolve));
    expect(incoming.complete).toBe(false);
    expect(text()).not.toContain('secret');
    expect(reported).toEqual([failure]);
  });

  it('HEAD has the headers and starts nothing', async () => {
    const events = new Steered();
    const head = await ask(await over(events), '/thing', { method: 'HEAD' });
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    expect(events.started).toBe(0);
  });
});

describe('EventStream', () => {
  it('Invariant: pulls only when the reader took everything before', async () => {
    const events = new Steered();
    const stream = new EventStream(events, new AbortController().signal, { ...options, heartbeatMs: 1 });
    expect(String(stream.read())).toBe(': open\n\n');
    await tick();
    expect(events.pulled).toBe(1);
    events.say(1);
    await tick();
    await tick();
    expect([events.pulled, stream.readableLength < 100]).toEqual([1, true]);
    stream.read();
    await tick();
    expect(events.pulled).toBe(2);
    stream.destroy();
  });

  it('a data that cannot be written ends it, and the iterator with it', async () => {
    const events = new Steered();
    const errors: unknown[] = [];
    const stream = new EventStream(events, new AbortController().signal, {
      ...options,
      onStreamError: (error) => errors.push(error),
    });
    stream.resume();
    await eventually(() => events.pulled === 1, 'the first pull');
    events.say(1, 1n);
    await eventually(() => stream.destroyed, 'the end');
    expect([events.returned, errors.length]).toEqual([1, 1]);
  });

  it('a client that is gone already gets nothing, and the iterator is returned', () => {
    const events = new Steered();
    const stream = new EventStream(events, AbortSignal.abort(), options);
    expect([stream.destroyed, events.returned, events.pulled]).toEqual([true, 1, 0]);
  });

  it('a line break in an event name cannot make a line of its own', async () => {
    const one = (async function* () {
      yield { id: 1, event: 'a\ndata: b\r', data: 'x' };
    })();
    let text = '';
    for await (const chunk of new EventStream(one, new AbortController().signal, options)) text += String(chunk);
    expect(text).toBe(': open\n\nid: 1\nevent: a data: b \ndata: "x"\n\n: closing\n\n');
  });
});
