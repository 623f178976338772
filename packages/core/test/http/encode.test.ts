import { describe, expect, it } from 'vitest';
import { encode } from '../../src/http/encode.js';
import type { HostRequest } from '../../src/http/contract.js';
import { ask, bind, route, serve, textOf } from './serve.js';

const request = (method = 'GET'): HostRequest => ({
  method,
  url: '/',
  mountPath: '',
  params: {},
  headers: {},
  signal: new AbortController().signal,
  readBody: () => Promise.resolve({ kind: 'consumed' }),
});
const options = { heartbeatMs: 1000, onStreamError: () => undefined };

describe('encode', () => {
  it.each([null, 'text', 42, true, [1], { a: 'ü\u2028🗿' }])('JSON %j is bytes with type and length', async (body) => {
    const wire = await encode({ kind: 'json', status: 202, body }, request(), options);
    expect(wire.status).toBe(202);
    expect(wire.headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(JSON.stringify(body))),
    });
    expect(JSON.parse(textOf(wire))).toEqual(body);
  });

  it('undefined is null: an answer has a body', async () => {
    expect(textOf(await encode({ kind: 'json', body: undefined }, request(), options))).toBe('null');
  });

  it('encoded JSON goes out as the bytes that it is', async () => {
    const bytes = Buffer.from('{ "a" : 1 }');
    const wire = await encode({ kind: 'encoded', body: { bytes: () => bytes, value: () => 0 } }, request(), options);
    expect(wire.payload).toBe(bytes);
    expect(wire.headers['content-length']).toBe('11');
  });

  it('HEAD has the headers of GET and no body, for every kind that has one', async () => {
    for (const reply of [
      { kind: 'json', body: { a: 1 } },
      { kind: 'html', body: 'ü' },
      { kind: 'encoded', body: { bytes: () => Buffer.from('[]'), value: () => [] } },
    ] as const) {
      const whole = await encode(reply, request(), options);
      const head = await encode(reply, request('HEAD'), options);
      expect(head).toEqual({ ...whole, payload: null });
    }
  });

  it('over a socket: html, empty, HEAD', async () => {
    const url = await serve([
      bind(route({ handler: 'a', path: '/html' }), () => ({ kind: 'html', body: '<p>ü' })),
      bind(route({ handler: 'b', path: '/empty' }), () => ({ kind: 'empty' })),
    ]);
    const html = await ask(url, '/html');
    expect([html.status, html.headers['content-type'], html.text]).toEqual([200, 'text/html; charset=utf-8', '<p>ü']);
    const empty = await ask(url, '/empty');
    expect([empty.status, empty.headers['content-length'], empty.text]).toEqual([204, undefined, '']);
    const head = await ask(url, '/html', { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, '5', '']);
  });
});
