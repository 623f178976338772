import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  answerTo,
  ask,
  assertJson,
  converse,
  eventually,
  jsonOf,
  open,
  post,
  sightings,
  within,
} from './conformance-client.js';
import type { ConformanceCheck, ConformanceHost } from './conformance-host.js';

/** Opens an event stream and reads it until `enough` holds for the text so far, or to its end. */
async function listen(host: ConformanceHost, path: string, enough: (text: string) => boolean, lastEventId?: string) {
  const outgoing = open(host, path, lastEventId === undefined ? {} : { headers: { 'last-event-id': lastEventId } });
  const answered = answerTo(outgoing);
  outgoing.end();
  const incoming = await within(answered, 'the head of an event stream');
  let text = '';
  const read = new Promise<void>((resolve, reject) => {
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      text += chunk;
      if (enough(text)) resolve();
    });
    incoming.on('end', resolve).on('error', reject);
  });
  await within(read, 'enough of an event stream');
  return { incoming, text, leave: () => incoming.destroy() };
}

const allStreamsClosed = async (host: ConformanceHost) => {
  const { streamsOpened, streamsClosed } = await sightings(host);
  return streamsOpened === streamsClosed;
};

/** What the handlers have seen once the streams of earlier checks are closed. */
async function settled(host: ConformanceHost) {
  await eventually('earlier streams to be closed', () => allStreamsClosed(host));
  return sightings(host);
}

/** How long things live: streams, signals, connections. */
export const lifetimeChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-131',
    title: 'the first event arrives before the stream ends',
    async run(host) {
      const stream = await listen(host, '/conformance/events', (text) => text.includes('data: '));
      assert.equal(stream.incoming.statusCode, 200);
      assert.match(stream.incoming.headers['content-type'] ?? '', /^text\/event-stream/);
      assert.match(stream.incoming.headers['cache-control'] ?? '', /no-transform/);
      assert.equal(stream.incoming.headers['content-length'], undefined);
      assert.equal(stream.incoming.complete, false);
      assert.ok(stream.text.includes('id: 1\n') && stream.text.includes('event: tick\n'), stream.text);
      assert.ok(stream.text.includes('data: {"id":1,"text":"zwei\\nZeilen"}\n\n'), stream.text);
      stream.leave();
    },
  },
  {
    id: 'MS-132',
    title: 'a stream that ends by itself ends the answer, and its generator once',
    async run(host) {
      const before = await settled(host);
      const answer = await ask(host, '/conformance/events?limit=3');
      assert.deepEqual(answer.bytes.toString().match(/^id: \d+$/gm), ['id: 1', 'id: 2', 'id: 3']);
      const after = await sightings(host);
      assert.equal(after.streamsOpened, before.streamsOpened + 1);
      assert.equal(after.streamsClosed, before.streamsClosed + 1);
    },
  },
  {
    id: 'MS-133',
    title: 'a client that leaves closes the generator once',
    async run(host) {
      const before = await settled(host);
      const stream = await listen(host, '/conformance/events', (text) => text.includes('id: 2\n'));
      stream.leave();
      await eventually('the generator to be closed', () => allStreamsClosed(host));
      await sleep(60);
      const after = await sightings(host);
      assert.equal(after.streamsOpened, before.streamsOpened + 1);
      assert.equal(after.streamsClosed, before.streamsClosed + 1);
    },
  },
  {
    id: 'MS-134',
    title: 'a client that leaves a stream in which nothing happens closes its generator and its listener',
    async run(host) {
      const streams = await Promise.all(
        [1, 2, 3].map(() => listen(host, '/conformance/events/quiet', (text) => text.includes('data: '))),
      );
      await eventually('three listeners', async () => (await sightings(host)).listeners === 3);
      for (const stream of streams) stream.leave();
      await eventually('no listener', async () => (await sightings(host)).listeners === 0);
      await eventually('the generators to be closed', () => allStreamsClosed(host));
    },
  },
  {
    id: 'MS-135',
    title: 'a quiet stream has a heartbeat',
    async run(host) {
      const beats = (text: string) => (text.match(/^:/gm) ?? []).length;
      const stream = await listen(host, '/conformance/events/quiet', (text) => beats(text) >= 3);
      stream.leave();
    },
  },
  {
    id: 'MS-136',
    title: 'Last-Event-ID reaches the handler',
    async run(host) {
      const stream = await listen(host, '/conformance/events', (text) => text.includes('id: '), '41');
      assert.match(stream.text, /^id: 42$/m);
      stream.leave();
    },
  },
  {
    id: 'MS-137',
    title: 'HEAD of an event stream answers and starts nothing',
    async run(host) {
      const before = await settled(host);
      const head = await ask(host, '/conformance/events', { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.match(head.headers['content-type'] ?? '', /^text\/event-stream/);
      assert.equal(head.bytes.length, 0);
      assert.equal((await sightings(host)).streamsOpened, before.streamsOpened);
    },
  },
  {
    id: 'MS-138',
    title: 'a generator that fails breaks the connection off, and the host lives on',
    async run(host) {
      const outgoing = open(host, '/conformance/events/broken');
      const answered = answerTo(outgoing);
      outgoing.end();
      const incoming = await answered;
      const read = (async () => {
        for await (const chunk of incoming) assert.ok(!String(chunk).includes('s3cr3t'));
      })();
      await assert.rejects(within(read, 'the end of a broken event stream'), { code: 'ECONNRESET' });
      assertJson(await ask(host, '/conformance/ping'), 200, { success: true });
    },
  },
  {
    id: 'MS-139',
    title: 'no client that left has raised an error in the host',
    async run(host) {
      const stream = await listen(host, '/conformance/events', (text) => text.includes('id: '));
      stream.leave();
      await eventually('the generator to be closed', () => allStreamsClosed(host));
      await sleep(30);
      const errors = jsonOf(await ask(host, '/host/errors'));
      assert.ok(Array.isArray(errors));
      // A connection that was reset is the host's own to report, and some do.
      assert.deepEqual(
        errors.filter((error) => /premature|aborted|s3cr3t/i.test(String(error))),
        [],
      );
    },
  },
  {
    id: 'MS-140',
    title: 'a handler that works for a client that left sees its signal abort',
    async run(host) {
      const before = await sightings(host);
      const outgoing = open(host, '/conformance/slow');
      outgoing.end();
      await eventually('the slow handler', async () => (await sightings(host)).slowStarted === before.slowStarted + 1);
      outgoing.destroy();
      await eventually('its signal', async () => (await sightings(host)).slowAborted === before.slowAborted + 1);
    },
  },
  {
    id: 'MS-141',
    title: 'the signal of an answered call stays quiet when the client leaves later',
    async run(host) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const before = await sightings(host);
      assertJson(await ask(host, '/conformance/watched', { agent }), 200, { success: true });
      assertJson(await ask(host, '/conformance/watched', { agent }), 200, { success: true });
      agent.destroy();
      assertJson(await ask(host, '/conformance/watched'), 200, { success: true });
      await sleep(60);
      assert.equal((await sightings(host)).lateAborts, before.lateAborts);
    },
  },
  {
    id: 'MS-142',
    title: 'a connection goes on after errors and refusals',
    async run(host) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      try {
        const question = { method: 'POST', agent, body: '{"a":1}' };
        const json = { 'content-type': 'application/json', 'content-length': '7' };
        for (const [path, status, headers] of [
          ['/conformance/checked', 400, json],
          ['/conformance/upload', 415, json],
          ['/conformance/either-way', 403, { ...json, 'sec-fetch-site': 'cross-site' }],
          ['/conformance/body', 415, { ...json, 'content-type': 'text/plain' }],
          ['/conformance/body', 200, json],
        ] as const) {
          const answer = await ask(host, path, { ...question, headers });
          assert.equal(answer.status, status, `${path}: ${answer.bytes.toString()}`);
          assertJson(await ask(host, '/conformance/ping', { agent }), 200, { success: true });
        }
      } finally {
        agent.destroy();
      }
    },
  },
  {
    id: 'MS-143',
    title: 'pipelined requests are answered in order, also behind an error',
    async run(host) {
      const line = (method: string, path: string, more = '') =>
        `${method} ${host.mount}${path} HTTP/1.1\r\nhost: localhost\r\n${more}\r\n`;
      const text = await converse(
        host,
        line('GET', '/conformance/delayed/3') +
          line('GET', '/conformance/fail/not_found') +
          line('POST', '/conformance/ignored', 'content-type: application/json\r\ncontent-length: 7\r\n') +
          '{"a":1}' +
          line('GET', '/conformance/items/last', 'connection: close\r\n'),
      );
      assert.deepEqual(text.match(/(?<=HTTP\/1\.1 )\d+/g), ['200', '404', '200', '200']);
      const order = ['{"id":3}', 'It is not_found.', '{"success":true}', '{"id":"last"}'].map((body) =>
        text.indexOf(body),
      );
      assert.ok(!order.includes(-1), text);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    },
  },
  {
    id: 'MS-144',
    title: 'concurrent requests are not mixed',
    async run(host) {
      const ids = Array.from({ length: 60 }, (_, at) => at);
      await Promise.all(
        ids.map(async (id) => {
          assertJson(await ask(host, `/conformance/delayed/${id}`), 200, { id });
          assertJson(await post(host, '/conformance/body', `{"id":${id}}`), 200, { id });
          const headers = { 'x-conformance-user': `user ${id}` };
          assertJson(await ask(host, '/conformance/principal', { headers }), 200, { principal: `user ${id}` });
        }),
      );
    },
  },
  {
    id: 'MS-145',
    title: 'a client that leaves while a JSON body is read disturbs nobody',
    async run(host) {
      const outgoing = open(host, '/conformance/body', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '1000' },
      });
      outgoing.write('{"text":"half');
      await sleep(30);
      outgoing.destroy();
      assertJson(await ask(host, '/conformance/ping'), 200, { success: true });
    },
  },
];
