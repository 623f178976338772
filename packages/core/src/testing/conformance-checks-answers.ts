import assert from 'node:assert/strict';
import { ask, assertJson, type Answer } from './conformance-client.js';
import { encodedBytes, fileBytes, values } from './conformance-handlers.js';
import type { ConformanceCheck, ConformanceHost } from './conformance-host.js';

/** A value route answers exactly the bytes of `JSON.stringify`, with their length. */
async function assertValue(host: ConformanceHost, kind: keyof typeof values): Promise<void> {
  const answer = await ask(host, `/conformance/value/${kind}`);
  const expected = Buffer.from(JSON.stringify(values[kind]));
  assertJson(answer, 200, values[kind]);
  assert.ok(answer.bytes.equals(expected), 'other bytes than those of JSON.stringify');
  assert.equal(answer.headers['content-length'], String(expected.length));
}

function assertBodiless(answer: Answer): void {
  assert.equal(answer.bytes.length, 0);
  assert.equal(answer.headers['transfer-encoding'], undefined);
}

/** What goes out is what the core encoded, byte by byte. */
export const answerChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-031',
    title: 'JSON null is the four bytes null and a 200',
    run: (host) => assertValue(host, 'null'),
  },
  {
    id: 'MS-032',
    title: 'a JSON string goes out in quotes and as JSON',
    run: (host) => assertValue(host, 'string'),
  },
  {
    id: 'MS-033',
    title: 'a JSON number and false are bodies, not a status and not nothing',
    async run(host) {
      await assertValue(host, 'number');
      await assertValue(host, 'boolean');
    },
  },
  {
    id: 'MS-034',
    title: 'a JSON array goes out as an array',
    run: (host) => assertValue(host, 'array'),
  },
  {
    id: 'MS-035',
    title: 'text beyond ASCII goes out as UTF-8, its length in bytes',
    run: (host) => assertValue(host, 'unicode'),
  },
  {
    id: 'MS-036',
    title: 'a body of more than a megabyte arrives whole',
    run: (host) => assertValue(host, 'large'),
  },
  {
    id: 'MS-037',
    title: 'JSON that is already encoded is not touched',
    async run(host) {
      const answer = await ask(host, '/conformance/encoded');
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
      assert.ok(answer.bytes.equals(encodedBytes));
    },
  },
  {
    id: 'MS-038',
    title: 'a status other than 200 goes out with its body',
    async run(host) {
      assertJson(await ask(host, '/conformance/accepted', { method: 'POST' }), 202, { success: true });
    },
  },
  {
    id: 'MS-039',
    title: '204 has no body, no type and no length',
    async run(host) {
      for (const method of ['GET', 'POST']) {
        const answer = await ask(host, '/conformance/empty', { method });
        assert.equal(answer.status, 204);
        assertBodiless(answer);
        assert.equal(answer.headers['content-type'], undefined);
        assert.equal(answer.headers['content-length'], undefined);
      }
    },
  },
  {
    id: 'MS-040',
    title: 'a page goes out as UTF-8 HTML with its length',
    async run(host) {
      const answer = await ask(host, '/conformance/page');
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type'] ?? '', /^text\/html; *charset=utf-8$/i);
      assert.equal(answer.bytes.toString('utf8'), '<!doctype html><title>Grüße</title>');
      assert.equal(answer.headers['content-length'], String(answer.bytes.length));
    },
  },
  {
    id: 'MS-041',
    title: 'HEAD of JSON has the headers of GET and no body',
    async run(host) {
      for (const path of ['/conformance/ping', '/conformance/value/null', '/conformance/items/a%2Fb']) {
        const get = await ask(host, path);
        const head = await ask(host, path, { method: 'HEAD' });
        assert.equal(head.status, 200);
        assertBodiless(head);
        assert.equal(head.headers['content-type'], get.headers['content-type']);
        assert.equal(head.headers['content-length'], get.headers['content-length']);
      }
    },
  },
  {
    id: 'MS-042',
    title: 'HEAD of a page and of an error has the headers of GET and no body',
    async run(host) {
      for (const path of ['/conformance/page', '/conformance/fail/not_found']) {
        const get = await ask(host, path);
        const head = await ask(host, path, { method: 'HEAD' });
        assert.equal(head.status, get.status);
        assertBodiless(head);
        assert.equal(head.headers['content-type'], get.headers['content-type']);
        assert.equal(head.headers['content-length'], get.headers['content-length']);
      }
    },
  },
  {
    id: 'MS-043',
    title: 'HEAD of an unknown path and of a POST route belongs to the host',
    async run(host) {
      for (const path of ['/conformance/no-such-route', '/conformance/body']) {
        const head = await ask(host, path, { method: 'HEAD' });
        assert.equal(head.status, 404);
        assertBodiless(head);
      }
    },
  },
  {
    id: 'MS-044',
    title: 'an answer over fetch is the same as over a socket',
    async run(host) {
      const json = await fetch(`${host.url}/conformance/value/unicode`);
      assert.deepEqual(await json.json(), values.unicode);
      const file = await fetch(`${host.url}/conformance/file`);
      assert.ok(Buffer.from(await file.arrayBuffer()).equals(fileBytes));
      const nothing = await fetch(`${host.url}/conformance/empty`);
      assert.equal(nothing.status, 204);
      assert.equal(await nothing.text(), '');
    },
  },
];
