import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toFetchHandler } from '../src/fetch.js';
import type { RouteHost } from '../src/http/route-host.js';
import { conformanceRouteHost } from '../src/testing/index.js';

const origin = 'http://library.test';
let directory: string;
let library: RouteHost;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'modelshelf-fetch-'));
  library = await conformanceRouteHost(directory);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Calls the handler as a Fetch host does, without a server. */
function call(path: string, init?: RequestInit, options?: Parameters<typeof toFetchHandler>[1]): Promise<Response> {
  return toFetchHandler(library, options)(new Request(`${origin}${path}`, init));
}

async function seen(): Promise<unknown> {
  return (await call('/conformance/sightings')).json();
}

describe('a request that is not ours', () => {
  test('is a 404 with the envelope by default', async () => {
    const answer = await call('/nowhere');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual({ success: false, error: 'Not found', code: 'not_found' });
  });

  test('goes to notFound, with its body untouched', async () => {
    const options = { notFound: async (request: Request) => new Response(`mine: ${await request.text()}`) };
    const answer = await call('/nowhere', { method: 'POST', body: 'text' }, options);
    expect(await answer.text()).toBe('mine: text');
  });

  test('outside the base path, or only beginning like it', async () => {
    const options = { basePath: '/studio' };
    expect((await call('/conformance/ping', {}, options)).status).toBe(404);
    expect((await call('/studios/conformance/ping', {}, options)).status).toBe(404);
    expect((await call('/studio', {}, options)).status).toBe(404);
    expect((await call('/studio/conformance/ping', {}, options)).status).toBe(200);
  });
});

describe('a base path', () => {
  test('may have a slash behind it', async () => {
    for (const basePath of ['/studio/', '/studio//']) {
      expect((await call('/studio/conformance/ping', {}, { basePath })).status).toBe(200);
      expect((await call('/studios/conformance/ping', {}, { basePath })).status).toBe(404);
    }
    expect((await call('/conformance/ping', {}, { basePath: '/' })).status).toBe(200);
  });

  test('is what links begin with, without that slash', async () => {
    const mounted: string[] = [];
    const handle: RouteHost['handle'] = (binding, request) => {
      mounted.push(request.mountPath + request.url);
      return library.handle(binding, request);
    };
    const spied: RouteHost = { bindings: library.bindings, match: (...asked) => library.match(...asked), handle };
    await toFetchHandler(spied, { basePath: '/studio/' })(new Request(`${origin}/studio/conformance/ping?a=1`));
    expect(mounted).toEqual(['/studio/conformance/ping?a=1']);
  });
});

describe('a request without a Host header', () => {
  const write = (from: string, headers: Record<string, string> = {}) =>
    call('/conformance/either-way?note=a', { headers: { origin: from, ...headers } });

  test('is of the origin that its URL says', async () => {
    expect((await write(origin)).status).toBe(200);
    expect((await write('http://elsewhere.test')).status).toBe(403);
  });

  test('one that has it is of that origin', async () => {
    expect((await write('http://public.test', { host: 'public.test' })).status).toBe(200);
    expect((await write(origin, { host: 'public.test' })).status).toBe(403);
  });
});

describe('answers', () => {
  test('HEAD, 204 and 304 have no body', async () => {
    const head = await call('/conformance/ping', { method: 'HEAD' });
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, null, '16']);
    const nothing = await call('/conformance/empty');
    expect([nothing.status, nothing.body]).toEqual([204, null]);
    const etag = (await call('/conformance/file', { method: 'HEAD' })).headers.get('etag') ?? '';
    const unchanged = await call('/conformance/file', { headers: { 'if-none-match': etag } });
    expect([unchanged.status, unchanged.body]).toEqual([304, null]);
  });

  test('a stream that the reader cancels closes its generator', async () => {
    const reader = (await call('/conformance/events')).body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(await seen()).toMatchObject({ streamsOpened: 1, streamsClosed: 0 });
    await reader?.cancel();
    await expect.poll(seen).toMatchObject({ streamsOpened: 1, streamsClosed: 1 });
  });

  test('a stream whose request aborts closes its generator', async () => {
    const leaving = new AbortController();
    const reader = (await call('/conformance/events/quiet', { signal: leaving.signal })).body?.getReader();
    await reader?.read();
    await reader?.read();
    expect(await seen()).toMatchObject({ listeners: 1 });
    leaving.abort();
    await expect.poll(seen).toMatchObject({ listeners: 0, streamsClosed: 1 });
    await reader?.cancel().catch(() => undefined);
  });
});

describe('requests', () => {
  test('a body that the host has read is body_consumed', async () => {
    const init = { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json' } };
    const request = new Request(`${origin}/conformance/body`, init);
    await request.text();
    const answer = await toFetchHandler(library)(request);
    expect([answer.status, await answer.json()]).toMatchObject([500, { code: 'body_consumed' }]);
  });

  test('a streamed body arrives', async () => {
    const body = new Blob(['{"te', 'xt":"ü"}']).stream();
    const init = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } } as const;
    expect(await (await call('/conformance/body', init)).json()).toEqual({ text: 'ü' });
  });

  test('an aborted request is seen by the handler', async () => {
    const leaving = new AbortController();
    const pending = call('/conformance/slow', { signal: leaving.signal });
    await expect.poll(seen).toMatchObject({ slowStarted: 1 });
    leaving.abort();
    await expect.poll(seen).toMatchObject({ slowAborted: 1 });
    await pending;
  });

  test('the principal may be a promise; one that fails is the host’s error', async () => {
    const known = await call('/conformance/principal', {}, { principal: () => Promise.resolve('Alice') });
    expect(await known.json()).toEqual({ principal: 'Alice' });
    const failing = call('/conformance/ping', {}, { principal: () => Promise.reject(new Error('no session store')) });
    await expect(failing).rejects.toThrow('no session store');
  });
});
