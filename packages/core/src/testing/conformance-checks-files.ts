import assert from 'node:assert/strict';
import { ask, assertJson, assertProblem, answerTo, open, type Answer } from './conformance-client.js';
import { fileBytes } from './conformance-handlers.js';
import type { ConformanceCheck, ConformanceHost } from './conformance-host.js';

const size = fileBytes.length;

const askFile = (host: ConformanceHost, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
  ask(host, '/conformance/file', { method, headers });

function assertWhole(answer: Answer): void {
  assert.equal(answer.status, 200);
  assert.ok(answer.bytes.equals(fileBytes), 'other bytes than those of the file');
  assert.equal(answer.headers['content-length'], String(size));
  assert.equal(answer.headers['content-range'], undefined);
}

function assertSlice(answer: Answer, from: number, to: number): void {
  assert.equal(answer.status, 206);
  assert.equal(answer.headers['content-range'], `bytes ${from}-${to}/${size}`);
  assert.equal(answer.headers['content-length'], String(to - from + 1));
  assert.ok(answer.bytes.equals(fileBytes.subarray(from, to + 1)), 'other bytes than those of the range');
}

async function validators(host: ConformanceHost): Promise<{ etag: string; modified: string }> {
  const { headers } = await askFile(host, {}, 'HEAD');
  assert.ok(headers.etag !== undefined && headers['last-modified'] !== undefined, 'no validators');
  return { etag: headers.etag, modified: headers['last-modified'] };
}

/** Files, their ranges and their validators. */
export const fileChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-051',
    title: 'a file arrives whole, with type, length and cache control as decided',
    async run(host) {
      const answer = await askFile(host);
      assertWhole(answer);
      assert.equal(answer.headers['content-type'], 'model/x-conformance');
      assert.equal(answer.headers['cache-control'], 'private, max-age=60');
      assert.equal(answer.headers['accept-ranges'], 'bytes');
    },
  },
  {
    id: 'MS-052',
    title: 'HEAD of a file has its headers and no body',
    async run(host) {
      const head = await askFile(host, {}, 'HEAD');
      assert.equal(head.status, 200);
      assert.equal(head.bytes.length, 0);
      assert.equal(head.headers['content-length'], String(size));
      assert.equal(head.headers['content-type'], 'model/x-conformance');
    },
  },
  {
    id: 'MS-053',
    title: 'a range is a 206 with exactly these bytes',
    async run(host) {
      assertSlice(await askFile(host, { range: 'bytes=0-0' }), 0, 0);
      assertSlice(await askFile(host, { range: 'bytes=1000-70999' }), 1000, 70_999);
    },
  },
  {
    id: 'MS-054',
    title: 'open and suffix ranges, and ranges that reach past the end',
    async run(host) {
      assertSlice(await askFile(host, { range: `bytes=${size - 10}-` }), size - 10, size - 1);
      assertSlice(await askFile(host, { range: 'bytes=-7' }), size - 7, size - 1);
      assertSlice(await askFile(host, { range: `bytes=${size - 3}-${size + 500}` }), size - 3, size - 1);
    },
  },
  {
    id: 'MS-055',
    title: 'a range behind the end is a 416 that tells the size',
    async run(host) {
      const answer = await askFile(host, { range: `bytes=${size}-` });
      assert.equal(answer.status, 416);
      assert.equal(answer.headers['content-range'], `bytes */${size}`);
    },
  },
  {
    id: 'MS-056',
    title: 'malformed and multiple ranges are ignored',
    async run(host) {
      for (const range of ['bytes=abc', 'bytes=5-2', 'items=0-5', 'bytes=0-1,5-9']) {
        assertWhole(await askFile(host, { range }));
      }
    },
  },
  {
    id: 'MS-057',
    title: 'If-None-Match with the current tag is a 304 without a body',
    async run(host) {
      const { etag } = await validators(host);
      const answer = await askFile(host, { 'if-none-match': `"other", ${etag}` });
      assert.equal(answer.status, 304);
      assert.equal(answer.bytes.length, 0);
      assert.equal(answer.headers.etag, etag);
      assertWhole(await askFile(host, { 'if-none-match': '"other"' }));
    },
  },
  {
    id: 'MS-058',
    title: 'If-Modified-Since counts, but not beside If-None-Match',
    async run(host) {
      const { modified } = await validators(host);
      assert.equal((await askFile(host, { 'if-modified-since': modified })).status, 304);
      assertWhole(await askFile(host, { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }));
      assertWhole(await askFile(host, { 'if-modified-since': modified, 'if-none-match': '"other"' }));
    },
  },
  {
    id: 'MS-059',
    title: 'If-Range with the current date gives the range, with an old validator the whole file',
    async run(host) {
      assertWhole(await askFile(host, { range: 'bytes=0-9', 'if-range': '"other"' }));
      assertWhole(await askFile(host, { range: 'bytes=0-9', 'if-range': 'Thu, 01 Jan 1970 00:00:00 GMT' }));
      const { etag, modified } = await validators(host);
      const current = etag.startsWith('W/') ? modified : etag;
      assertSlice(await askFile(host, { range: 'bytes=0-9', 'if-range': current }), 0, 9);
    },
  },
  {
    id: 'MS-060',
    title: 'a file that is gone is a 404 with the envelope',
    async run(host) {
      assertProblem(await ask(host, '/conformance/missing-file'), 'not_found');
    },
  },
  {
    id: 'MS-061',
    title: 'a client that leaves in the middle of a file disturbs nobody',
    async run(host) {
      const outgoing = open(host, '/conformance/file');
      const answered = answerTo(outgoing);
      outgoing.end();
      (await answered).destroy();
      assertWhole(await askFile(host));
      assertJson(await ask(host, '/conformance/ping'), 200, { success: true });
    },
  },
  {
    id: 'MS-062',
    title: 'a file without bytes is a 200 with its type and a length of zero',
    async run(host) {
      const answer = await ask(host, '/conformance/empty-file');
      assert.equal(answer.status, 200);
      assert.equal(answer.bytes.length, 0);
      assert.equal(answer.headers['content-length'], '0');
      assert.equal(answer.headers['content-type'], 'model/x-conformance');
    },
  },
];
