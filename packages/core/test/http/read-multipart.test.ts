import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readParts } from '../../src/http/read-multipart.js';
import type { Call, Part } from '../../src/ports/call.js';
import { ask, bind, eventually, quiet, route, serve, type TestHandler } from './serve.js';

const boundary = 'b-o_u';
const type = `multipart/form-data; boundary=${boundary}`;
const limits = { json: 1000, file: 200_000, parts: 20 };

interface Sent {
  readonly name: string;
  readonly filename?: string;
  readonly bytes: Buffer;
}

const encodeParts = (parts: readonly Sent[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ name, filename, bytes }) => [
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"`),
      Buffer.from(filename === undefined ? '\r\n\r\n' : `; filename="${filename}"\r\ncontent-type: image/png\r\n\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

const source = (stream: Readable, contentType = type) => ({
  headers: { 'content-type': contentType },
  readBody: () => Promise.resolve({ kind: 'stream', stream } as const),
});
const cut = (bytes: Buffer, size: number): Readable => {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return Readable.from(chunks, { objectMode: false });
};
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function collect(parts: AsyncIterable<Part>) {
  const seen: unknown[] = [];
  for await (const part of parts) {
    if (part.kind === 'field') seen.push([part.name, part.value]);
    else seen.push([part.name, part.filename, part.contentType, hash(await buffer(part.stream))]);
  }
  return seen;
}
const expected = (parts: readonly Sent[]) =>
  parts.map(({ name, filename, bytes }) =>
    filename === undefined ? [name, bytes.toString()] : [name, filename, 'image/png', hash(bytes)],
  );
const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe('readParts', () => {
  const field = fc.record({
    name: fc.constantFrom('a', 'b', 'ü'),
    bytes: fc.string({ unit: 'grapheme', maxLength: 50 }).map((text) => Buffer.from(text.replaceAll('\0', ''))),
  });
  const file = fc.record({
    name: fc.constantFrom('f', 'g'),
    filename: fc.constantFrom('1.png', 'ü 2.png', ''),
    bytes: fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(Buffer.from('\r\n--b-o_\r\n--b-o\r\n--\r\n'), Buffer.alloc(70_000, `\r\n--${boundary.slice(1)}`)),
    ),
  });

  it('property: parts arrive in order and whole, however the body was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(field, file), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 90_000 }),
        async (parts, size) => {
          // A file without bytes or a body in single bytes is legal; single bytes of large files only take time.
          const total = encodeParts(parts);
          const chunk = total.length > 10_000 ? Math.max(size, 100) : size;
          expect(await collect(readParts(source(cut(total, chunk)), limits))).toEqual(expected(parts));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('property: a reader may skip files, break off in one, or leave', async () => {
    const step = fc.constantFrom('read', 'skip', 'begin');
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 10, max: 90_000 }),
        async (steps, size) => {
          const parts = steps.map((_, at) => ({ name: `p${at}`, filename: 'f', bytes: Buffer.alloc(100_000, at) }));
          const names: string[] = [];
          for await (const part of readParts(source(cut(encodeParts(parts), size)), limits)) {
            names.push(part.name);
            if (part.kind !== 'file') continue;
            const wanted = steps[names.length - 1];
            if (wanted === 'read') expect((await buffer(part.stream)).length).toBe(100_000);
            if (wanted === 'begin') for await (const _ of part.stream) break;
          }
          expect(names).toEqual(parts.map(({ name }) => name));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('Invariant: a file that is read slowly is not gathered in memory', async () => {
    let sent = 0;
    const total = 8 * 1024 * 1024;
    const head = encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(0) }]).subarray(
      0,
      -(boundary.length + 8),
    );
    const body = Readable.from(
      (function* () {
        yield head;
        for (; sent < total; sent += 65_536) yield Buffer.alloc(65_536);
        yield Buffer.from(`\r\n--${boundary}--\r\n`);
      })(),
      { objectMode: false },
    );
    let got = 0;
    for await (const part of readParts(source(body), { ...limits, file: total })) {
      if (part.kind !== 'file') continue;
      for await (const chunk of part.stream as AsyncIterable<Buffer>) {
        got += chunk.length;
        expect(chunk.length).toBeLessThan(600_000);
        if (got > 1_000_000) continue;
        const taken = got;
        await new Promise((resolve) => setTimeout(resolve, 5));
        expect(sent - taken).toBeLessThan(600_000);
      }
    }
    expect(got).toBe(total);
  });

  it('takes nothing further while a part waits that nobody asked for', async () => {
    let sent = 0;
    const body = Readable.from(
      (function* () {
        for (; sent < 15; sent += 1) {
          yield encodeParts([{ name: `f${sent}`, bytes: Buffer.alloc(900, 65) }]).subarray(0, -(boundary.length + 6));
        }
        yield Buffer.from(`--${boundary}--\r\n`);
      })(),
    );
    const parts = readParts(source(body), limits);
    await parts.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(sent).toBeLessThan(15);
    expect(await collect(parts)).toHaveLength(14);
  });

  it.each([
    ['a file over the limit', [{ name: 'f', filename: 'f', bytes: Buffer.alloc(200_001) }], 'payload_too_large'],
    ['a file at the limit', [{ name: 'f', filename: 'f', bytes: Buffer.alloc(200_000) }], undefined],
    ['a field over the limit', [{ name: 'f', bytes: Buffer.alloc(1001, 65) }], 'payload_too_large'],
    ['too many parts', Array.from({ length: 21 }, () => ({ name: 'f', bytes: Buffer.from('1') })), 'payload_too_large'],
    ['a NUL in a file name', [{ name: 'f', filename: 'a\0.png', bytes: Buffer.alloc(1) }], 'validation_failed'],
    ['a NUL in a field', [{ name: 'f', bytes: Buffer.from('a\0') }], 'validation_failed'],
  ])('%s', async (_, parts, wanted) => {
    const reading = collect(readParts(source(cut(encodeParts(parts), 5000)), limits));
    if (wanted === undefined) expect(await reading).toHaveLength(1);
    else await expect(reading).rejects.toEqual(code(wanted));
  });

  it('a file over the limit fails for those who skip it too', async () => {
    const parts = readParts(
      source(cut(encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(200_001) }]), 5000)),
      limits,
    );
    await parts.next();
    await expect(parts.next()).rejects.toEqual(code('payload_too_large'));
  });

  it.each([
    ['no end', encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(9) }]).subarray(0, -4)],
    ['half a file', encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(9000) }]).subarray(0, 5000)],
    ['half a head', Buffer.from(`--${boundary}\r\ncontent-disposition: form-da`)],
    ['nothing', Buffer.alloc(0)],
    ['something else', Buffer.from('{"a":1}')],
    [
      'a part without a name',
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data\r\n\r\nx\r\n--${boundary}--\r\n`),
    ],
  ])('malformed: %s', async (_, body) => {
    await expect(collect(readParts(source(cut(body, 100)), limits))).rejects.toEqual(code('malformed_body'));
  });

  it.each([
    ['multipart/form-data', 'malformed_body'],
    ['multipart/mixed; boundary=x', 'unsupported_media_type'],
    ['application/json', 'unsupported_media_type'],
    ['', 'unsupported_media_type'],
  ])('content type %j is %s', async (contentType, wanted) => {
    const reading = collect(readParts(source(Readable.from([]), contentType), limits));
    await expect(reading).rejects.toEqual(code(wanted));
  });

  it.each([
    ['/etc/passwd', 'passwd'],
    ['..', ''],
    ['a/../b.png', 'b.png'],
    [String.raw`C:\\temp\\c.png`, 'c.png'],
  ])('Invariant: the file name %s is the bare name %s', async (sent, wanted) => {
    const parts = readParts(
      source(cut(encodeParts([{ name: 'f', filename: sent, bytes: Buffer.alloc(1) }]), 99)),
      limits,
    );
    const first = await parts.next();
    expect(first.value).toMatchObject({ filename: wanted });
    await parts.return();
  });

  it('reads filename*', async () => {
    const body = Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="f"; filename*=utf-8''%C3%BC.png\r\n\r\nx\r\n--${boundary}--\r\n`,
    );
    expect(await collect(readParts(source(cut(body, 999)), limits))).toEqual([
      ['f', 'ü.png', 'text/plain', hash(Buffer.from('x'))],
    ]);
  });

  it('a body that breaks off ends the file and the iterator with cancelled', async () => {
    const body = new PassThrough();
    body.write(encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(5000) }]).subarray(0, 3000));
    const parts = readParts(source(body), limits);
    const first = await parts.next();
    if (first.done === true || first.value.kind !== 'file') throw new Error('no file');
    const reading = buffer(first.value.stream);
    setTimeout(() => body.destroy(), 5);
    await expect(reading).rejects.toEqual(code('cancelled'));
    await expect(parts.next()).rejects.toEqual(code('cancelled'));
  });
});

describe('multipart over a socket', () => {
  const upload = (handler: TestHandler) =>
    serve([bind(route({ methods: ['POST'], effect: 'write', body: 'multipart' }), handler)], {
      limits: { ...quiet.limits, file: 1_000_000 },
    });
  const send = (url: string, body: Buffer) =>
    ask(url, '/thing', {
      method: 'POST',
      body,
      headers: { 'content-type': type, 'content-length': String(body.length) },
    });

  it('FormData arrives', async () => {
    const url = await upload(async (_input: never, call: Call) => ({
      kind: 'json',
      body: await collect(call.parts()),
    }));
    const form = new FormData();
    const bytes = randomBytes(300_000);
    form.append('note', 'ü');
    form.append('f', new Blob([bytes], { type: 'image/png' }), 'ü.png');
    const answer = await fetch(`${url}/thing`, { method: 'POST', body: form });
    expect(await answer.json()).toEqual([
      ['note', 'ü'],
      ['f', 'ü.png', 'image/png', hash(bytes)],
    ]);
  });

  it('an error in the middle of an upload is answered, and so is the next request', async () => {
    const url = await upload(async (_input: never, call: Call) => {
      for await (const _ of call.parts()) break;
      return { kind: 'json', body: 1 };
    });
    const body = encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(900_000) }]);
    expect((await send(url, body)).status).toBe(200);
    expect((await send(url, body)).status).toBe(200);
    const large = encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(5_000_000) }]);
    const all = await upload(async (_input: never, call: Call) => ({
      kind: 'json',
      body: await collect(call.parts()),
    }));
    expect((await send(all, large)).status).toBe(413);
  });

  it('parts() on a JSON route is a mistake of the handler', async () => {
    const errors: unknown[] = [];
    const url = await serve([bind(route(), (_input: never, call: Call) => collect(call.parts()) as never)], {
      onError: (error) => errors.push(error),
    });
    expect((await ask(url, '/thing')).status).toBe(500);
    expect(errors).toHaveLength(1);
  });

  it('a client that leaves in the middle ends the handler', async () => {
    let outcome: unknown;
    const url = await upload(async (_input: never, call: Call) => {
      outcome = 'begun';
      outcome = await collect(call.parts()).catch((error: unknown) => error);
      return { kind: 'empty' };
    });
    const outgoing = httpRequest(`${url}/thing`, { method: 'POST', headers: { 'content-type': type } });
    outgoing.on('error', () => undefined);
    outgoing.write(encodeParts([{ name: 'f', filename: 'f', bytes: Buffer.alloc(9000) }]).subarray(0, 3000));
    await eventually(() => outcome === 'begun', 'the handler');
    outgoing.destroy();
    await eventually(() => outcome !== 'begun', 'its end');
    expect(outcome).toEqual(code('cancelled'));
  });
});
