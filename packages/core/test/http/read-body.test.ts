import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { HostBody } from '../../src/http/contract.js';
import { readJsonBody } from '../../src/http/read-body.js';
import { ask, bind, eventually, post, route, serve } from './serve.js';

const echo = bind(
  route({ methods: ['POST'], effect: 'write', body: z.looseObject({}) }),
  (input: Record<string, unknown>) => ({ kind: 'json', body: input }),
);
const read = (body: HostBody, headers: Record<string, string> = {}, limit = 1024) =>
  readJsonBody({ headers, readBody: () => Promise.resolve(body) }, limit);
const stream = (...chunks: (Buffer | string)[]): HostBody => ({
  kind: 'stream',
  stream: Readable.from(
    chunks.map((chunk) => Buffer.from(chunk)),
    { objectMode: false },
  ),
});
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('readJsonBody', () => {
  it('property: JSON arrives as it was sent, however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        async (value, cuts) => {
          const bytes = Buffer.from(JSON.stringify(value));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length;) {
            const length = cuts.next().value;
            chunks.push(bytes.subarray(at, at + length));
            at += length;
          }
          const expected: unknown = JSON.parse(bytes.toString(), (key, inner: unknown) =>
            key === '__proto__' ? undefined : inner,
          );
          expect(await read(stream(...chunks), {}, 1_000_000)).toEqual(expected);
        },
      ),
    );
  });

  it.each([
    [undefined, true],
    ['', true],
    ['application/json', true],
    ['Application/JSON; charset="UTF-8"', true],
    ['application/vnd.api+json', true],
    ['application/x-www-form-urlencoded', true],
    ['application/json; charset=latin1', false],
    ['text/plain', false],
    ['application/jsonp', false],
    ['multipart/form-data; boundary=x', false],
    ['json', false],
  ])('content type %s: accepted %s', async (type, accepted) => {
    const reading = read(stream(''), type === undefined ? {} : { 'content-type': type });
    if (accepted) expect(await reading).toEqual({});
    else await expect(reading).rejects.toEqual(code('unsupported_media_type'));
  });

  it('refuses a compressed body by its header', async () => {
    await expect(read(stream('{}'), { 'content-encoding': 'gzip' })).rejects.toEqual(code('unsupported_media_type'));
  });

  it('reads forms, repeated keys as lists', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    expect(await read(stream('a=1+2&b=%C3%BC&a=3&a=4&__proto__=x&c='), form)).toEqual({
      a: ['1 2', '3', '4'],
      b: 'ü',
      c: '',
    });
  });

  it.each([
    ['nothing', stream()],
    ['no bytes', stream('')],
    ['{}', stream('{}')],
    ['a byte order mark', stream('\uFEFF')],
    ['parsed undefined', { kind: 'parsed', value: undefined } as const],
    ['parsed null', { kind: 'parsed', value: null } as const],
    ['parsed empty text', { kind: 'parsed', value: '' } as const],
    ['parsed empty bytes', { kind: 'parsed', value: Buffer.alloc(0) } as const],
    ['parsed {}', { kind: 'parsed', value: {} } as const],
  ])('Invariant: an empty body and {} mean the same: %s', async (_, body) => {
    expect(await read(body)).toEqual({});
  });

  it.each(['{"secret":', "{'secret':1}", 'secret', '{}{}', '\0'])('malformed JSON is not echoed: %s', async (text) => {
    const error: unknown = await read(stream(text)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'malformed_body', message: 'The body is not valid JSON' });
  });

  it('refuses bytes that are no UTF-8', async () => {
    await expect(read(stream(Buffer.from([0x7b, 0xff, 0x7d])))).rejects.toEqual(code('malformed_body'));
    await expect(read({ kind: 'parsed', value: Buffer.from([0xc3]) })).rejects.toEqual(code('malformed_body'));
  });

  it('takes what a host’s parser made, and parses its text and bytes', async () => {
    const value = { a: 1 };
    expect(await read({ kind: 'parsed', value })).toBe(value);
    expect(await read({ kind: 'parsed', value: '{"a":1}' })).toEqual(value);
    expect(await read({ kind: 'parsed', value: Buffer.from('{"a":1}') })).toEqual(value);
    expect(
      await read({ kind: 'parsed', value: 'a=1' }, { 'content-type': 'application/x-www-form-urlencoded' }),
    ).toEqual({ a: '1' });
  });

  it.each(['{"__proto__":{"x":1},"a":1}', '{"\\u005f_proto__":{"x":1},"a":1}'])(
    '__proto__ does not come through: %s',
    async (text) => {
      const got = await read(stream(text));
      expect(Object.keys(got as object)).toEqual(['a']);
      expect('x' in (got as object)).toBe(false);
    },
  );

  it('a drained body names the fix', async () => {
    await expect(read({ kind: 'consumed' })).rejects.toThrow(/before your body parser/);
  });

  it('reads text where a middleware called setEncoding', async () => {
    const text = new PassThrough({ encoding: 'utf8' });
    text.end('{"a":"ü"}');
    expect(await read({ kind: 'stream', stream: text })).toEqual({ a: 'ü' });
  });

  it('does not wait for a stream that ended or broke before', async () => {
    const ended = Readable.from([]);
    await buffer(ended);
    expect(await read({ kind: 'stream', stream: ended })).toEqual({});
    const broken = new PassThrough();
    broken.destroy();
    await expect(read({ kind: 'stream', stream: broken })).rejects.toEqual(code('cancelled'));
  });

  it('holds no more than the limit', async () => {
    const source = new PassThrough();
    const reading = read({ kind: 'stream', stream: source }, {}, 10);
    source.write('"12345678');
    source.write('"12345678');
    await expect(reading).rejects.toEqual(code('payload_too_large'));
    expect(await read(stream('"12345678"'), {}, 10)).toBe('12345678');
    await expect(read(stream('"123456789"'), {}, 10)).rejects.toEqual(code('payload_too_large'));
  });
});

describe('bodies over a socket', () => {
  it('an over-long body is a 413, and the connection goes on when the rest of it was soon taken in', async () => {
    const url = await serve([echo]);
    const body = JSON.stringify({ text: 'x'.repeat(500_000) });
    const head = `POST /thing HTTP/1.1\r\nhost: h\r\ncontent-length: ${body.length}\r\n\r\n`;
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(head + body);
    socket.write('POST /thing HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: 7\r\n\r\n{"a":1}');
    const text = String(await buffer(socket));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(text).toContain('"payload_too_large"');
  });

  it('a client that goes on sending far beyond the limit gets its answer while it sends', async () => {
    const url = await serve([echo]);
    let sent = 0;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let text = '';
      socket.on('error', reject).on('close', () => reject(new Error('closed without an answer')));
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (sent > 40_000_000) resolve(text);
      });
      socket.write('POST /thing HTTP/1.1\r\nhost: h\r\ncontent-length: 50000000\r\n\r\n');
      const block = Buffer.alloc(250_000, 0x20);
      const send = (): void => {
        sent += block.length;
        if (sent <= 50_000_000) socket.write(block, () => setImmediate(send));
        else if (text !== '') resolve(text);
      };
      send();
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeGreaterThan(40_000_000);
  });

  it.each([
    ['announces too much and waits', 'content-length: 1000000\r\n\r\n'],
    ['sends too much and waits', `transfer-encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n`],
  ])('a client that %s is answered at once, and cut off when nothing more comes', async (_, rest) => {
    const url = await serve([echo]);
    const began = performance.now();
    let answered = Number.POSITIVE_INFINITY;
    const text = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(`POST /thing HTTP/1.1\r\nhost: h\r\n${rest}`);
      let got = '';
      socket.on('data', (chunk) => {
        got += chunk.toString();
        answered = performance.now() - began;
      });
      socket.on('error', () => undefined).on('close', () => resolve(got));
    });
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(answered).toBeLessThan(1500);
    expect(performance.now() - began).toBeLessThan(4500);
  });

  it('a client that leaves in the middle ends the reading, and nobody reports it', async () => {
    const reported: unknown[] = [];
    let opened = 0;
    let closed = 0;
    const url = await serve([echo], { onError: (error) => reported.push(error) }, (req) => {
      opened += 1;
      req.once('close', () => (closed += 1));
    });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /thing HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{"a"');
    await eventually(() => opened === 1, 'the request');
    socket.destroy();
    await eventually(() => closed === 1, 'its close');
    expect(reported).toEqual([]);
    expect((await post(url, '/thing', '{"a":1}')).text).toBe('{"a":1}');
  });

  it('a host that drained the body is told so, a host that parsed it is believed', async () => {
    const drained = await serve([echo], {}, async (req) => {
      await buffer(req);
    });
    const answer = await post(drained, '/thing', '{"a":1}');
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([500, 'body_consumed']);
    expect((await ask(drained, '/thing', { method: 'POST' })).text).toBe('{}');
    const parsed = await serve([echo], {}, async (req): Promise<unknown> => JSON.parse(String(await buffer(req))));
    expect((await post(parsed, '/thing', '{"a":1}')).text).toBe('{"a":1}');
  });

  it('GET reads no body', async () => {
    let touched = 0;
    const url = await serve([bind(route({ query: z.object({}) }), () => ({ kind: 'json', body: 1 }))], {}, (req) => {
      req.on('data', () => (touched += 1)).pause();
    });
    const answer = await ask(url, '/thing', { headers: { 'content-length': '3' }, body: 'abc' });
    expect([answer.status, touched]).toEqual([200, 0]);
  });
});
