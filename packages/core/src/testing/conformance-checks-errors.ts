import assert from 'node:assert/strict';
import type { ErrorCode } from '../errors.js';
import { STATUS_OF } from '../http/problem.js';
import { ask, assertJson, assertProblem, jsonOf, post, sightings } from './conformance-client.js';
import { secret } from './conformance-handlers.js';
import type { ConformanceCheck } from './conformance-host.js';
import { trustedOrigin } from './conformance-route-host.js';

const writing = '/conformance/either-way';
const isErrorCode = (code: string): code is ErrorCode => code in STATUS_OF;

/** Refusals and failures: what clients are told, and what they are not told. */
export const errorChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-111',
    title: 'every error code answers with its status and the envelope',
    async run(host) {
      for (const code of Object.keys(STATUS_OF).filter(isErrorCode)) {
        assertProblem(await ask(host, `/conformance/fail/${code}`), code);
      }
    },
  },
  {
    id: 'MS-112',
    title: 'a cause is told to nobody outside',
    async run(host) {
      const answer = await ask(host, '/conformance/fail/not_found');
      assert.ok(!answer.bytes.includes('s3cr3t'));
      assert.ok(answer.bytes.includes('It is not_found.'));
    },
  },
  {
    id: 'MS-113',
    title: 'an unexpected error hides its message and is reported',
    async run(host) {
      for (const how of ['thrown', 'rejected']) {
        const before = (await sightings(host)).reported.length;
        const answer = await ask(host, `/conformance/unexpected/${how}`);
        assertProblem(answer, 'internal');
        assert.ok(!answer.bytes.includes('s3cr3t') && !answer.bytes.includes('/home'), answer.bytes.toString());
        assert.ok(!JSON.stringify(answer.headers).includes('s3cr3t'));
        const { reported } = await sightings(host);
        assert.ok(
          reported.slice(before).some((line) => line.includes(secret)),
          `reported: ${reported.join('; ')}`,
        );
      }
    },
  },
  {
    id: 'MS-114',
    title: 'the library’s own failures do not reach the host’s error handler',
    async run(host) {
      await ask(host, '/conformance/unexpected/thrown');
      await ask(host, '/conformance/fail/internal');
      const errors = jsonOf(await ask(host, '/host/errors'));
      assert.ok(Array.isArray(errors));
      assert.ok(!errors.some((error) => String(error).includes('s3cr3t')), errors.join('; '));
    },
  },
  {
    id: 'MS-115',
    title: 'what is not attached yet is a 503 that clients can tell',
    async run(host) {
      const answer = await ask(host, '/conformance/unattached');
      assertProblem(answer, 'service_not_ready');
      assert.ok(answer.headers['retry-after'] !== undefined);
    },
  },
  {
    id: 'MS-116',
    title: 'problem+json goes to those who ask for it',
    async run(host) {
      const answer = await ask(host, '/conformance/fail/not_found', {
        headers: { accept: 'application/problem+json' },
      });
      assert.equal(answer.status, 404);
      assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
      const body = jsonOf(answer);
      assert.ok(typeof body === 'object' && body !== null && 'status' in body && 'detail' in body);
      assert.equal(body.status, 404);
      assert.equal(body.detail, 'It is not_found.');
    },
  },
  {
    id: 'MS-117',
    title: 'a cross-site request to a writing route is refused, GET and POST alike',
    async run(host) {
      const headers = { 'sec-fetch-site': 'cross-site' };
      assertProblem(await ask(host, writing, { headers }), 'cross_site_refused');
      assertProblem(await post(host, writing, '{}', headers), 'cross_site_refused');
    },
  },
  {
    id: 'MS-118',
    title: 'a foreign Origin is refused on a writing route, the host’s own is not',
    async run(host) {
      assertProblem(await post(host, writing, '{}', { origin: 'https://evil.example' }), 'cross_site_refused');
      assertProblem(await post(host, writing, '{}', { origin: 'null' }), 'cross_site_refused');
      assertJson(await post(host, writing, '{}', { origin: host.origin, host: new URL(host.origin).host }), 200, {
        wrote: {},
      });
    },
  },
  {
    id: 'MS-119',
    title: 'a trusted origin, a same-origin page and a client without these headers may write',
    async run(host) {
      const trusted = { origin: trustedOrigin, 'sec-fetch-site': 'cross-site' };
      assertJson(await post(host, writing, '{}', trusted), 200, { wrote: {} });
      assertJson(await post(host, writing, '{}', { 'sec-fetch-site': 'same-origin' }), 200, { wrote: {} });
      assertJson(await post(host, writing, '{}'), 200, { wrote: {} });
    },
  },
  {
    id: 'MS-120',
    title: 'a reading route does not ask where the request comes from',
    async run(host) {
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
      assertJson(await ask(host, '/conformance/ping', { headers }), 200, { success: true });
    },
  },
  {
    id: 'MS-121',
    title: 'the handler learns what the host’s login said',
    async run(host) {
      const headers = { 'x-conformance-user': 'Alice' };
      assertJson(await ask(host, '/conformance/principal', { headers }), 200, { principal: 'Alice' });
      assertJson(await ask(host, '/conformance/principal'), 200, { principal: null });
    },
  },
  {
    id: 'MS-122',
    title: 'authorize sees route, prefix and caller, and its no is a 403',
    async run(host) {
      const headers = { 'x-conformance-user': 'Alice', 'x-conformance-refuse': 'getPing - Alice' };
      assertProblem(await ask(host, '/conformance/ping', { headers }), 'forbidden');
      const bound = { ...headers, 'x-conformance-refuse': 'getBoundFor drawers Alice' };
      assertProblem(await ask(host, '/conformance/drawers/bound-for', { headers: bound }), 'forbidden');
      assert.equal((await ask(host, '/conformance/shelves/bound-for', { headers: bound })).status, 200);
      const other = { ...headers, 'x-conformance-user': 'Bob' };
      assertJson(await ask(host, '/conformance/ping', { headers: other }), 200, { success: true });
    },
  },
  {
    id: 'MS-123',
    title: 'a refusal comes before the body is looked at',
    async run(host) {
      const answer = await ask(host, '/conformance/upload', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain', 'content-length': '4' },
        body: 'text',
      });
      assertProblem(answer, 'cross_site_refused');
    },
  },
];
