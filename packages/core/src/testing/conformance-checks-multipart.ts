import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { buffer as readBuffer } from 'node:stream/consumers';
import {
  answerTo,
  ask,
  assertJson,
  assertProblem,
  eventually,
  jsonOf,
  open,
  sightings,
  within,
} from './conformance-client.js';
import type { ConformanceCheck, ConformanceHost } from './conformance-host.js';
import { conformanceLimits } from './conformance-route-host.js';

const path = '/conformance/upload';
const boundary = 'conformance-boundary';
const type = `multipart/form-data; boundary=${boundary}`;
const end = `--${boundary}--\r\n`;

const field = (name: string, value: string) =>
  Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);

const fileHead = (name: string, filename: string) =>
  `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
  'content-type: image/png\r\n\r\n';

const file = (name: string, filename: string, bytes: Buffer) =>
  Buffer.concat([Buffer.from(fileHead(name, filename)), bytes, Buffer.from('\r\n')]);

const seenFile = (name: string, filename: string, bytes: Buffer) => ({
  name,
  filename,
  contentType: 'image/png',
  size: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

function upload(host: ConformanceHost, parts: readonly Buffer[], headers: Readonly<Record<string, string>> = {}) {
  const body = Buffer.concat([...parts, Buffer.from(end)]);
  const sent = { 'content-type': type, 'content-length': String(body.length), ...headers };
  return ask(host, path, { method: 'POST', headers: sent, body });
}

/** Bytes that hold line ends and something like a boundary. */
const picture = Buffer.concat([
  Buffer.from(Uint8Array.from({ length: 5000 }, (_, at) => (at * 7) & 255)),
  Buffer.from(`\r\n--${boundary.slice(0, -1)}\r\n\r\n`),
]);

/** A client that has sent half of an upload, with the server known to have begun to read it. */
async function beginUpload(host: ConformanceHost) {
  const before = (await sightings(host)).uploadedBytes;
  const outgoing = open(host, path, { method: 'POST', headers: { 'content-type': type } });
  const answered = answerTo(outgoing);
  answered.catch(() => undefined);
  outgoing.write(Buffer.concat([Buffer.from(fileHead('model', 'big.bin')), Buffer.alloc(1024 * 1024, 7)]));
  await eventually('the first bytes of an upload', async () => (await sightings(host)).uploadedBytes > before);
  return { outgoing, answered };
}

/** Multipart bodies: the handler sees the parts as they arrive. */
export const multipartChecks: readonly ConformanceCheck[] = [
  {
    id: 'MS-091',
    title: 'fields and files arrive in the order in which they were sent',
    async run(host) {
      const parts = [field('a', 'Grüße'), file('preview', 'ü 1.png', picture), field('b', ''), field('a', 'again')];
      const answer = await upload(host, parts);
      if (host.parsersReadMultipart) return assertProblem(answer, 'body_consumed');
      assertJson(answer, 200, {
        parts: [
          { name: 'a', value: 'Grüße' },
          seenFile('preview', 'ü 1.png', picture),
          { name: 'b', value: '' },
          { name: 'a', value: 'again' },
        ],
      });
    },
  },
  {
    id: 'MS-092',
    title: 'several files under one name, one of them empty, before the fields',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const nothing = Buffer.alloc(0);
      const parts = [
        file('f', '1.png', picture),
        file('f', '2.png', nothing),
        file('f', '3.png', picture),
        field('x', '1'),
      ];
      assertJson(await upload(host, parts), 200, {
        parts: [
          seenFile('f', '1.png', picture),
          seenFile('f', '2.png', nothing),
          seenFile('f', '3.png', picture),
          { name: 'x', value: '1' },
        ],
      });
    },
  },
  {
    id: 'MS-093',
    title: 'an upload by FormData arrives',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const form = new FormData();
      form.append('note', 'zwei\r\nZeilen');
      form.append('preview', new Blob([new Uint8Array(picture)], { type: 'image/png' }), 'p.png');
      const answer = await fetch(`${host.url}${path}`, { method: 'POST', body: form });
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), {
        parts: [{ name: 'note', value: 'zwei\r\nZeilen' }, seenFile('preview', 'p.png', picture)],
      });
    },
  },
  {
    id: 'MS-094',
    title: 'a large file reaches the handler while it is still being sent',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const { outgoing, answered } = await beginUpload(host);
      outgoing.write(Buffer.alloc(5 * 1024 * 1024, 7));
      outgoing.end(`\r\n${end}`);
      const answer = await within(answered, 'the answer to a large upload');
      const bytes = Buffer.alloc(6 * 1024 * 1024, 7);
      assert.equal(answer.statusCode, 200);
      assert.deepEqual(jsonOf({ bytes: await readBuffer(answer) }), { parts: [seenFile('model', 'big.bin', bytes)] });
    },
  },
  {
    id: 'MS-095',
    title: 'a file over the limit is a 413',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const answer = await upload(host, [file('model', 'big.bin', Buffer.alloc(conformanceLimits.file + 1))]);
      assertProblem(answer, 'payload_too_large');
    },
  },
  {
    id: 'MS-096',
    title: 'a body that ends inside a part is a 400',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const body = Buffer.concat([field('a', '1'), Buffer.from(fileHead('f', 'f.png')), Buffer.from('half of')]);
      const headers = { 'content-type': type, 'content-length': String(body.length) };
      assertProblem(await ask(host, path, { method: 'POST', headers, body }), 'malformed_body');
    },
  },
  {
    id: 'MS-097',
    title: 'multipart without a boundary is a 400',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const answer = await upload(host, [field('a', '1')], { 'content-type': 'multipart/form-data' });
      assertProblem(answer, 'malformed_body');
    },
  },
  {
    id: 'MS-098',
    title: 'JSON on a multipart route is a 415',
    async run(host) {
      const headers = { 'content-type': 'application/json', 'content-length': '2' };
      assertProblem(await ask(host, path, { method: 'POST', headers, body: '{}' }), 'unsupported_media_type');
    },
  },
  {
    id: 'MS-099',
    title: 'a multipart body that a host middleware has drained is body_consumed, not a hang',
    async run(host) {
      const answer = await upload(host, [file('f', 'f.png', picture)], { 'x-host-drains': '1' });
      assertProblem(answer, 'body_consumed');
    },
  },
  {
    id: 'MS-100',
    title: 'a client that leaves in the middle of an upload ends the handler’s stream with an error',
    async run(host) {
      if (host.parsersReadMultipart) return 'not applicable';
      const before = await sightings(host);
      const { outgoing } = await beginUpload(host);
      outgoing.destroy();
      await eventually('the handler to hear of it', async () => {
        return (await sightings(host)).failedUploads === before.failedUploads + 1;
      });
    },
  },
];
