import { execFileSync } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseByteRange } from '../../src/http/byte-range.js';
import { ask, bind, eventually, quiet, route, serve } from './serve.js';

const directory = mkdtempSync(join(tmpdir(), 'modelshelf-files-'));
const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >> 8)) & 255));
const size = bytes.length;
const path = (name: string): string => join(directory, name);
afterAll(() => rmSync(directory, { recursive: true }));
beforeAll(() => {
  writeFileSync(path('file'), bytes);
  writeFileSync(path('empty'), '');
  writeFileSync(path('large'), Buffer.alloc(32 * 1024 * 1024, 7));
});

const reported: unknown[] = [];
const start = () =>
  serve(
    [
      bind(route({ path: '/{name}', reply: 'file' }), (input: { readonly name: string }) => ({
        kind: 'file',
        path: path(input.name),
        contentType: 'image/x-test',
        cacheControl: 'private, max-age=60',
      })),
    ],
    { onError: (error) => reported.push(error) },
  );

/** Open handles of this process below the test's folder. */
function openFiles(): string[] {
  const fds = readdirSync('/proc/self/fd');
  const targets = fds.map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(directory));
}
const allClosed = () => eventually(() => openFiles().length === 0, 'the handles to be closed');

describe('a file', () => {
  it('arrives whole with its headers, and HEAD has the same headers', async () => {
    const url = await start();
    const whole = await ask(url, '/file');
    expect(whole.status).toBe(200);
    expect(whole.bytes.equals(bytes)).toBe(true);
    expect(whole.headers).toMatchObject({
      'content-type': 'image/x-test',
      'content-length': String(size),
      'cache-control': 'private, max-age=60',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'last-modified': new Date(Math.floor(statSync(path('file')).mtimeMs / 1000) * 1000).toUTCString(),
      etag: expect.stringMatching(/^"[^"]+"$/),
    });
    const head = await ask(url, '/file', { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    const { date: _, ...headers } = whole.headers;
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect(head.headers).toMatchObject(headers);
    await allClosed();
  });

  it('that is empty is an empty 200, and no range of it can be had', async () => {
    const url = await start();
    const whole = await ask(url, '/empty');
    expect([whole.status, whole.headers['content-length'], whole.text]).toEqual([200, '0', '']);
    expect((await ask(url, '/empty', { headers: { range: 'bytes=0-' } })).status).toBe(416);
    await allClosed();
  });

  it.each(['absent', 'folder', 'pipe', 'file%2Fbelow', 'loop', `${'x'.repeat(300)}`, 'nul%00'])(
    'that is none is not found: %s',
    async (name) => {
      try {
        if (name === 'folder') execFileSync('mkdir', [path('folder')]);
        if (name === 'pipe') execFileSync('mkfifo', [path('pipe')]);
        if (name === 'loop') symlinkSync(path('loop'), path('loop'));
      } catch {
        // It is there from a run before.
      }
      const url = await start();
      const answer = await ask(url, `/${name}`);
      expect(answer.status).toBe(name === 'nul%00' ? 400 : 404);
      expect(answer.text).not.toContain(directory);
      await allClosed();
    },
  );

  it('changes its tag when it changes, even within one second and at the same size', async () => {
    const url = await start();
    writeFileSync(path('changing'), 'aaaa');
    const before = await ask(url, '/changing', { method: 'HEAD' });
    utimesSync(path('changing'), 1_700_000_000, 1_700_000_000.001);
    const between = await ask(url, '/changing', { method: 'HEAD' });
    utimesSync(path('changing'), 1_700_000_000, 1_700_000_000.002);
    const after = await ask(url, '/changing', { method: 'HEAD' });
    expect(new Set([before.headers.etag, between.headers.etag, after.headers.etag]).size).toBe(3);
    expect(between.headers['last-modified']).toBe(after.headers['last-modified']);
  });

  it('answers 304 to the copy that is still good', async () => {
    const url = await start();
    const { etag = '', 'last-modified': modified = '' } = (await ask(url, '/file', { method: 'HEAD' })).headers;
    const old = 'Thu, 01 Jan 1970 00:00:00 GMT';
    for (const [headers, status] of [
      [{ 'if-none-match': etag }, 304],
      [{ 'if-none-match': `W/${etag}` }, 304],
      [{ 'if-none-match': `"a,b", "other" , ${etag}` }, 304],
      [{ 'if-none-match': ' * ' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-none-match': '' }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': modified }, 200],
      [{ 'if-none-match': etag, 'if-modified-since': old }, 304],
      [{ 'if-modified-since': modified }, 304],
      [{ 'if-modified-since': old }, 200],
      [{ 'if-modified-since': 'yesterday' }, 200],
      [{ 'if-none-match': etag, range: 'bytes=0-1' }, 304],
    ] as const) {
      const answer = await ask(url, '/file', { headers });
      expect([JSON.stringify(headers), answer.status]).toEqual([JSON.stringify(headers), status]);
      if (status === 304) {
        expect(answer.headers).toMatchObject({ etag, 'cache-control': 'private, max-age=60' });
        expect(answer.bytes.length).toBe(0);
      }
    }
    await allClosed();
  });

  it('gives a range only of the state that If-Range names', async () => {
    const url = await start();
    const { etag = '', 'last-modified': modified = '' } = (await ask(url, '/file', { method: 'HEAD' })).headers;
    for (const [condition, status] of [
      [etag, 206],
      [modified, 206],
      [`W/${etag}`, 200],
      ['"other"', 200],
      ['Thu, 01 Jan 1970 00:00:00 GMT', 200],
      [new Date(Date.parse(modified) + 1000).toUTCString(), 200],
      ['nonsense', 200],
    ] as const) {
      const answer = await ask(url, '/file', { headers: { range: 'bytes=1-2', 'if-range': condition } });
      expect([condition, answer.status]).toEqual([condition, status]);
    }
  });

  it('property: every range is answered as RFC 9110 has it, to the byte', async () => {
    const url = await start();
    const edge = fc.oneof(fc.nat(size + 5), fc.constantFrom(0, 1, size - 1, size, size + 1));
    const optional = fc.option(edge, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(optional, optional, async (from, to) => {
        const answer = await ask(url, '/file', { headers: { range: `bytes=${from ?? ''}-${to ?? ''}` } });
        if ((from === undefined && to === undefined) || (from !== undefined && to !== undefined && to < from)) {
          expect([answer.status, answer.bytes.length]).toEqual([200, size]);
        } else if (from === undefined ? to === 0 : from >= size) {
          expect([answer.status, answer.headers['content-range']]).toEqual([416, `bytes */${size}`]);
          expect(JSON.parse(answer.text)).toMatchObject({ success: false, code: 'range_not_satisfiable' });
        } else {
          const first = from ?? Math.max(0, size - (to ?? 0));
          const last = from === undefined ? size - 1 : Math.min(to ?? size - 1, size - 1);
          expect([answer.status, answer.headers['content-range']]).toEqual([206, `bytes ${first}-${last}/${size}`]);
          expect(answer.headers['content-length']).toBe(String(last - first + 1));
          expect(answer.bytes.equals(bytes.subarray(first, last + 1))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
    await allClosed();
  });

  it('property: no Range header makes the parser throw or leave the file', () => {
    const piece = fc.constantFrom('bytes', 'BYTES', '=', '-', ',', ' ', '0', '9', '99999999999999999999', 'items', 'x');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        fc.nat(50),
        (header, length) => {
          const range = parseByteRange(header, length);
          if (range === undefined || range === 'unsatisfiable') return;
          expect(range.first).toBeGreaterThanOrEqual(0);
          expect(range.last).toBeGreaterThanOrEqual(range.first);
          expect(range.last).toBeLessThan(length);
        },
      ),
    );
  });

  it.each(['bytes=0-1,4-5', 'items=0-1', 'bytes 0-1', 'bytes=a-b', 'bytes=-', 'bytes=5-2', 'bytes=--1', ''])(
    'ignores the range %j',
    async (range) => {
      const url = await start();
      const answer = await ask(url, '/file', { headers: { range } });
      expect([answer.status, answer.bytes.length]).toEqual([200, size]);
    },
  );

  it('is closed when the client leaves in the middle', async () => {
    const url = await start();
    reported.length = 0;
    await new Promise<void>((resolve) => {
      const outgoing = httpRequest(`${url}/large`, (incoming) => {
        incoming.once('data', () => {
          outgoing.destroy();
          resolve();
        });
      });
      outgoing.on('error', () => undefined);
      outgoing.end();
    });
    await allClosed();
    expect(reported).toEqual([]);
  });

  it('that becomes shorter while it is sent breaks the connection off instead of leaving it waiting', async () => {
    const url = await start();
    reported.length = 0;
    writeFileSync(path('shrinking'), Buffer.alloc(32 * 1024 * 1024, 7));
    await expect(
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(`${url}/shrinking`, (incoming) => {
          truncateSync(path('shrinking'), 1000);
          incoming.on('error', reject).on('end', resolve).resume();
        });
        outgoing.on('error', reject);
        outgoing.end();
      }),
    ).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(reported).toHaveLength(1);
    await allClosed();
  });

  it('is closed when nobody comes to read it', async () => {
    const { encode } = await import('../../src/http/encode.js');
    const gone = new AbortController();
    const reply = { kind: 'file', path: path('file'), contentType: 'a/b', cacheControl: 'no-cache' } as const;
    const host = { method: 'GET', url: '/', mountPath: '', params: {}, headers: {}, signal: gone.signal };
    const request = { ...host, readBody: () => Promise.resolve({ kind: 'consumed' } as const) };
    await encode(reply, request, { heartbeatMs: quiet.heartbeatMs, onStreamError: () => undefined });
    expect(openFiles()).toHaveLength(1);
    gone.abort();
    await allClosed();
    await encode(reply, request, { heartbeatMs: quiet.heartbeatMs, onStreamError: () => undefined });
    await allClosed();
  });
});
