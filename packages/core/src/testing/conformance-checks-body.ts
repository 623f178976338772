import assert from 'node:assert/strict';
import { buffer as readBuffer } from 'node:stream/consumers';
import {
  ask,
  answerTo,
  assertHostRefused,
  assertJson,
  assertProblem,
  jsonOf,
  open,
  post,
  within,
} from './conformance-client.js';
import type { Answer } from './conformance-client.js';
import type { ConformanceCheck, ConformanceHost } from './conformance-host.js';
import type { ErrorCode } from '../errors.js';
import { conformanceLimits } from './conformance-route-host.js';

/** A host parser in front of the library may refuse a body itself; otherwise it is the library's own refusal. */
function assertRefused(host: ConformanceHost, answer: Answer, ...codes: readonly [ErrorCode, ...ErrorCode[]]): void {
  if (host.parsersReadJson) return assertHostRefused(answer);
  const body = jsonOf(answer);
  const told = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  assertProblem(answer, codes.find((code) => code === told) ?? codes[0]);
}

const json = '/conformance/body';

/** JSON bodies, whoever reads them. */
export const bodyChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-071',
    title: 'a JSON body arrives as it was sent',
    async run(host) {
      const body = { text: 'Grüße 🗿', list: [1, null, { deep: true }], 'a.b[c]': '', number: 1e21 };
      assertJson(await post(host, json, JSON.stringify(body)), 200, body);
    },
  },
  {
    id: 'MS-072',
    title: 'a chunked JSON body arrives whole, even in single bytes',
    async run(host) {
      const outgoing = open(host, json, { method: 'POST', headers: { 'content-type': 'application/json' } });
      const answered = answerTo(outgoing);
      for (const byte of Buffer.from('{"text":"ü🗿"}')) outgoing.write(Buffer.of(byte));
      outgoing.end();
      const bytes = await readBuffer(await answered);
      assert.deepEqual(jsonOf({ bytes }), { text: 'ü🗿' });
    },
  },
  {
    id: 'MS-073',
    title: 'no body, an empty body and {} mean the same',
    async run(host) {
      assertJson(await ask(host, json, { method: 'POST' }), 200, {});
      assertJson(await ask(host, json, { method: 'POST', headers: { 'content-length': '0' } }), 200, {});
      assertJson(await post(host, json, ''), 200, {});
      assertJson(await post(host, json, '{}'), 200, {});
    },
  },
  {
    id: 'MS-074',
    title: 'a JSON scalar is refused with a 400',
    async run(host) {
      for (const scalar of ['5', '"text"', 'true', 'null']) {
        const answer = await post(host, json, scalar);
        assertRefused(host, answer, 'validation_failed', 'malformed_body');
      }
    },
  },
  {
    id: 'MS-075',
    title: 'a JSON array is refused with a 400',
    async run(host) {
      const answer = await post(host, json, '[{"a":1}]');
      assertRefused(host, answer, 'validation_failed', 'malformed_body');
    },
  },
  {
    id: 'MS-076',
    title: 'malformed JSON is refused with a 400',
    async run(host) {
      for (const text of ['{"a":', '{a:1}', '{"a":1}}', '\u0000']) {
        assertRefused(host, await post(host, json, text), 'malformed_body');
      }
    },
  },
  {
    id: 'MS-077',
    title: 'a JSON body over the limit is a 413',
    async run(host) {
      // Larger than the limits of the usual host parsers too, which is 1 MiB with koa-bodyparser.
      const size = host.parsersReadJson ? 2 * 1024 * 1024 : conformanceLimits.json;
      const answer = await post(host, json, JSON.stringify({ text: 'x'.repeat(size) }));
      assertRefused(host, answer, 'payload_too_large');
    },
  },
  {
    id: 'MS-078',
    title: 'a chunked JSON body over the limit is a 413',
    async run(host) {
      if (host.parsersReadJson) return 'not applicable';
      const outgoing = open(host, json, { method: 'POST', headers: { 'content-type': 'application/json' } });
      const answered = answerTo(outgoing);
      outgoing.write('{"text":"');
      outgoing.end(`${'x'.repeat(conformanceLimits.json)}"}`);
      assert.equal((await within(answered, 'a refusal')).statusCode, 413);
      outgoing.destroy();
    },
  },
  {
    id: 'MS-079',
    title: 'another media type on a JSON route is a 415',
    async run(host) {
      for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
        assertProblem(await post(host, json, '{"a":1}', { 'content-type': type }), 'unsupported_media_type');
      }
    },
  },
  {
    id: 'MS-080',
    title: 'a missing content type means JSON',
    async run(host) {
      const body = '{"text":"ü"}';
      const headers = { 'content-length': String(Buffer.byteLength(body)) };
      assertJson(await ask(host, json, { method: 'POST', headers, body }), 200, { text: 'ü' });
    },
  },
  {
    id: 'MS-081',
    title: 'a charset beside the type and any letter case of the type are understood',
    async run(host) {
      for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
        assertJson(await post(host, json, '{"text":"ü"}', { 'content-type': type }), 200, { text: 'ü' });
      }
    },
  },
  {
    id: 'MS-082',
    title: 'a urlencoded body arrives as an object',
    async run(host) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await post(host, json, 'text=a+b%20c%2B%C3%BC&empty=', headers);
      assertJson(answer, 200, { text: 'a b c+ü', empty: '' });
    },
  },
  {
    id: 'MS-083',
    title: '__proto__ in a body changes no prototype and disturbs nobody',
    async run(host) {
      const answer = await post(host, json, '{"__proto__":{"polluted":true},"constructor":{"prototype":{}},"a":1}');
      assert.ok(answer.status === 200 || answer.status === 400, String(answer.status));
      assert.equal('polluted' in {}, false);
      assertJson(await post(host, json, '{"a":1}'), 200, { a: 1 });
    },
  },
  {
    id: 'MS-084',
    title: 'a body that breaks its schema is refused with the envelope',
    async run(host) {
      assertProblem(await post(host, '/conformance/checked', '{"name":""}'), 'validation_failed');
      assertProblem(await post(host, '/conformance/checked', '{"name":"a","count":1.5}'), 'validation_failed');
      assertProblem(await post(host, '/conformance/checked', ''), 'validation_failed');
      assertJson(await post(host, '/conformance/checked', '{"name":"a","count":2}'), 200, { name: 'a', count: 2 });
    },
  },
  {
    id: 'MS-085',
    title: 'a body that the route has no use for is no error',
    async run(host) {
      assertJson(await post(host, '/conformance/ignored', '{"a":1}'), 200, { success: true });
      assertJson(await post(host, '/conformance/ignored', 'text', { 'content-type': 'text/plain' }), 200, {
        success: true,
      });
    },
  },
  {
    id: 'MS-086',
    title: 'a route with GET and POST takes its input from the query and from the body',
    async run(host) {
      assertJson(await ask(host, '/conformance/either-way?note=a+b'), 200, { wrote: { note: 'a b' } });
      assertJson(await post(host, '/conformance/either-way', '{"note":"c"}'), 200, { wrote: { note: 'c' } });
    },
  },
  {
    id: 'MS-087',
    title: 'a body that a host middleware has drained is body_consumed, not a hang',
    async run(host) {
      const answer = await post(host, json, '{"a":1}', { 'x-host-drains': '1' });
      // What a parser in front has kept is still there; what nobody kept is gone.
      if (host.parsersReadJson) assertJson(answer, 200, { a: 1 });
      else assertProblem(answer, 'body_consumed');
    },
  },
];
