import assert from 'node:assert/strict';
import { ask, assertFellThrough, assertJson, assertProblem, jsonOf, post } from './conformance-client.js';
import { hostFailed, type ConformanceCheck } from './conformance-host.js';

/** What a host keeps of its own, and what of its traffic is meant for the library. */
export const routingChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-001',
    title: 'a route that the host registered first answers as before',
    async run(host) {
      const answer = await ask(host, '/host/before');
      assert.equal(answer.status, 200);
      assert.equal(answer.bytes.toString(), 'before');
    },
  },
  {
    id: 'MS-002',
    title: 'a route that the host registered later answers as before',
    async run(host) {
      const answer = await ask(host, '/host/ping');
      assert.equal(answer.status, 200);
      assert.equal(answer.bytes.toString(), 'pong');
    },
  },
  {
    id: 'MS-003',
    title: "the host's own body parser still serves the host's own routes",
    async run(host) {
      if (!host.hasParsers) return 'not applicable';
      const answer = await post(host, '/host/echo', '{"mine":[1,"zwei"]}');
      assert.equal(answer.status, 200);
      assert.deepEqual(jsonOf(answer), { mine: [1, 'zwei'] });
    },
  },
  {
    id: 'MS-004',
    title: "the host's own error handler still answers for the host's own routes",
    async run(host) {
      const answer = await ask(host, '/host/fail');
      assert.equal(answer.status, 500);
      assert.equal(answer.bytes.toString(), hostFailed);
    },
  },
  {
    id: 'MS-005',
    title: 'a path that is nobody’s reaches the 404 of the host',
    async run(host) {
      assertFellThrough(await ask(host, '/conformance/no-such-route'));
      assertFellThrough(await ask(host, '/host/no-such-route'));
    },
  },
  {
    id: 'MS-006',
    title: 'a known path with another method belongs to the host, with and without a body',
    async run(host) {
      assertFellThrough(await ask(host, '/conformance/ping', { method: 'DELETE' }));
      assertFellThrough(await post(host, '/conformance/ping', '{}'));
      assertFellThrough(await ask(host, '/conformance/body'));
    },
  },
  {
    id: 'MS-007',
    title: 'OPTIONS belongs to the host',
    async run(host) {
      assertFellThrough(await ask(host, '/conformance/ping', { method: 'OPTIONS' }));
    },
  },
  {
    id: 'MS-008',
    title: 'a trailing slash makes another path',
    async run(host) {
      assertFellThrough(await ask(host, '/conformance/ping/'));
      assertFellThrough(await ask(host, '/conformance/items/a/'));
    },
  },
  {
    id: 'MS-009',
    title: 'letter case makes another path',
    async run(host) {
      assertFellThrough(await ask(host, '/Conformance/ping'));
      assertFellThrough(await ask(host, '/conformance/PING'));
    },
  },
  {
    id: 'MS-010',
    title: 'a doubled slash is not folded away',
    async run(host) {
      assertFellThrough(await ask(host, '/conformance//ping'));
    },
  },
  {
    id: 'MS-011',
    title: 'path parameters arrive decoded',
    async run(host) {
      assertJson(await ask(host, '/conformance/items/Gr%C3%BC%C3%9Fe%20%F0%9F%97%BF'), 200, { id: 'Grüße 🗿' });
      assertJson(await ask(host, '/conformance/items/a%3Fb%23c%26d'), 200, { id: 'a?b#c&d' });
    },
  },
  {
    id: 'MS-012',
    title: 'an encoded slash stays inside its parameter',
    async run(host) {
      assertJson(await ask(host, '/conformance/items/a%2Fb'), 200, { id: 'a/b' });
      assertJson(await ask(host, '/conformance/items/a%2fparts%2fb/parts/c%2Fd'), 200, {
        id: 'a/parts/b',
        part: 'c/d',
      });
    },
  },
  {
    id: 'MS-013',
    title: 'a parameter is decoded once',
    async run(host) {
      assertJson(await ask(host, '/conformance/items/100%2525'), 200, { id: '100%25' });
    },
  },
  {
    id: 'MS-014',
    title: 'a plus in a path is a plus',
    async run(host) {
      assertJson(await ask(host, '/conformance/items/a+b%2Bc'), 200, { id: 'a+b+c' });
    },
  },
  {
    id: 'MS-015',
    title: 'a broken percent-escape is a 400, and the next request is answered',
    async run(host) {
      for (const id of ['%zz', '%', '%E0%A4%A', '%ff']) {
        const answer = await ask(host, `/conformance/items/${id}`);
        assert.equal(answer.status, 400, `${id}: ${answer.bytes.toString()}`);
      }
      assertJson(await ask(host, '/conformance/ping'), 200, { success: true });
    },
  },
  {
    id: 'MS-016',
    title: 'a dot segment is not resolved',
    async run(host) {
      const answer = await ask(host, '/conformance/items/%2e%2e%2fping');
      assertJson(answer, 200, { id: '../ping' });
    },
  },
  {
    id: 'MS-017',
    title: 'repeated query keys arrive as a list in order',
    async run(host) {
      assertJson(await ask(host, '/conformance/query?tag=b&tag=a&tag=b'), 200, { tag: ['b', 'a', 'b'] });
      assertJson(await ask(host, '/conformance/query?tag=only'), 200, { tag: ['only'] });
    },
  },
  {
    id: 'MS-018',
    title: 'plus and %20 in a query are blanks, %2B is a plus',
    async run(host) {
      assertJson(await ask(host, '/conformance/query?text=a+b%20c%2Bd'), 200, { text: 'a b c+d' });
    },
  },
  {
    id: 'MS-019',
    title: 'query values may hold any character',
    async run(host) {
      const text = 'a&b=c?d#e/ü🗿%[0]';
      assertJson(await ask(host, `/conformance/query?text=${encodeURIComponent(text)}`), 200, { text });
      assertJson(await ask(host, '/conformance/query?text=a/b?c'), 200, { text: 'a/b?c' });
    },
  },
  {
    id: 'MS-020',
    title: 'an absent, an empty and a foreign query are no error',
    async run(host) {
      assertJson(await ask(host, '/conformance/query'), 200, {});
      assertJson(await ask(host, '/conformance/query?'), 200, {});
      assertJson(await ask(host, '/conformance/query?utm=1&a[b]=2'), 200, {});
    },
  },
  {
    id: 'MS-021',
    title: 'a query value of the wrong kind is refused with the envelope',
    async run(host) {
      assertProblem(await ask(host, '/conformance/query?limit=many'), 'validation_failed');
      assertJson(await ask(host, '/conformance/query?limit=12'), 200, { limit: 12 });
    },
  },
  {
    id: 'MS-022',
    title: 'links begin with the mount path',
    async run(host) {
      const answer = await ask(host, '/conformance/link-base?x=1');
      assert.equal(answer.status, 200);
      const body = jsonOf(answer);
      assert.ok(typeof body === 'object' && body !== null && 'basePath' in body);
      assert.equal(body.basePath, host.mount);
    },
  },
  {
    id: 'MS-023',
    title: 'a route of scope model answers once per prefix',
    async run(host) {
      for (const prefix of ['shelves', 'drawers']) {
        assert.equal((await ask(host, `/conformance/${prefix}/bound-for`)).status, 200);
      }
      assertFellThrough(await ask(host, '/conformance/cellars/bound-for'));
    },
  },
  {
    id: 'MS-024',
    title: 'PUT and DELETE of one path reach their handler',
    async run(host) {
      assertJson(await ask(host, '/conformance/items/a', { method: 'PUT' }), 200, { changed: 'a' });
      assertJson(await ask(host, '/conformance/items/b', { method: 'DELETE' }), 200, { changed: 'b' });
    },
  },
  {
    id: 'MS-025',
    title: "the host's tooling sees the pattern, not the path",
    async run(host) {
      if (!host.showsMatchedPaths) return 'not applicable';
      await ask(host, '/conformance/items/some-item');
      const matched = jsonOf(await ask(host, '/host/matched'));
      assert.ok(Array.isArray(matched));
      const patterns = matched.filter((path) => /\/conformance\/items\/(:id|\{id\})$/.test(String(path)));
      assert.ok(patterns.length > 0, `among ${matched.join(', ')}`);
      assert.ok(!matched.some((path) => String(path).includes('some-item')), 'a path instead of its pattern');
    },
  },
];
