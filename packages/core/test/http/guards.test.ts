import { describe, expect, it } from 'vitest';
import { ModelshelfError } from '../../src/errors.js';
import { isCrossSite, normaliseOrigins } from '../../src/http/cross-site.js';
import { ask, bind, route, serve } from './serve.js';

const ok = () => ({ kind: 'json', body: { success: true } }) as const;

describe('isCrossSite', () => {
  const trusted = normaliseOrigins(['https://Studio.example:443/', 'tauri://localhost']);

  it.each([
    ['nothing said', {}, false],
    ['same-origin', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example', host: 'h' }, false],
    ['typed into the address bar', { 'sec-fetch-site': 'none' }, false],
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, true],
    ['CROSS-SITE', { 'sec-fetch-site': 'Cross-Site' }, true],
    ['same-site', { 'sec-fetch-site': 'same-site' }, true],
    ['another origin', { origin: 'https://evil.example', host: 'h:1' }, true],
    ['another port', { origin: 'http://h:2', host: 'h:1' }, true],
    ['own origin', { origin: 'http://H:1', host: 'h:1' }, false],
    ['own origin, default port written out', { origin: 'https://h', host: 'h:443' }, false],
    ['own origin over HTTP/2', { origin: 'https://h', ':authority': 'h' }, false],
    ['a null origin', { origin: 'null', host: 'h' }, true],
    ['an origin that is none', { origin: 'h', host: 'h' }, true],
    ['an origin without a host to compare', { origin: 'http://h' }, true],
    ['a word of the future with a foreign origin', { 'sec-fetch-site': 'soon', origin: 'http://x', host: 'h' }, true],
    ['trusted', { 'sec-fetch-site': 'cross-site', origin: 'https://studio.example' }, false],
    ['trusted without Sec-Fetch-Site', { origin: 'https://studio.example', host: 'h' }, false],
    ['trusted scheme of a shell', { origin: 'tauri://localhost', host: 'h' }, false],
    ['trusted with another port', { 'sec-fetch-site': 'cross-site', origin: 'https://studio.example:444' }, true],
    ['trusted with another scheme', { 'sec-fetch-site': 'cross-site', origin: 'http://studio.example' }, true],
  ])('%s', (_, headers, expected) => {
    expect(isCrossSite(headers, trusted)).toBe(expected);
  });

  it('the own host is not trusted through a prefix of it', () => {
    expect(isCrossSite({ origin: 'http://h.evil', host: 'h' }, new Set())).toBe(true);
  });

  it.each(['*', 'studio.example', 'null', ''])('refuses %j as a trusted origin', (origin) => {
    expect(() => normaliseOrigins([origin])).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  });
});

describe('guards over HTTP', () => {
  it('a writing GET is guarded, a reading one is not', async () => {
    let written = 0;
    const url = await serve([
      bind(route({ handler: 'write', path: '/write', effect: 'write' }), () => {
        written += 1;
        return ok();
      }),
      bind(route({ handler: 'read', path: '/read' }), ok),
    ]);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const refused = await ask(url, '/write', { headers });
    expect([refused.status, JSON.parse(refused.text)]).toMatchObject([403, { code: 'cross_site_refused' }]);
    expect(written).toBe(0);
    expect((await ask(url, '/read', { headers })).status).toBe(200);
    expect((await ask(url, '/write')).status).toBe(200);
  });

  it('authorize decides about every request and sees what it needs', async () => {
    const seen: unknown[] = [];
    const url = await serve([bind(route({ path: '/thing', handler: 'a' }), ok, 'loras')], {
      authorize(request, definition, principal) {
        seen.push([
          request.method,
          request.url,
          request.headers['x-user'],
          request.prefix,
          definition.handler,
          principal,
        ]);
        return Promise.resolve(principal === 'alice');
      },
    });
    expect((await ask(url, '/thing?q=1', { headers: { 'x-user': 'alice' } })).status).toBe(200);
    expect(JSON.parse((await ask(url, '/thing')).text)).toMatchObject({ code: 'forbidden' });
    expect(seen).toEqual([
      ['GET', '/thing?q=1', 'alice', 'loras', 'a', 'alice'],
      ['GET', '/thing', undefined, 'loras', 'a', undefined],
    ]);
  });

  it('a Modelshelf error of authorize passes, any other is internal and reported', async () => {
    const thrown = new Error('secret');
    const reported: unknown[] = [];
    let error: unknown = new ModelshelfError('not_found', 'hidden');
    const url = await serve([bind(route(), ok)], {
      authorize() {
        throw error;
      },
      onError: (what) => reported.push(what),
    });
    expect((await ask(url, '/thing')).status).toBe(404);
    error = thrown;
    const answer = await ask(url, '/thing');
    expect([answer.status, answer.text.includes('secret')]).toEqual([500, false]);
    expect(reported).toEqual([thrown]);
  });

  it('an authorize that forgets to answer refuses', async () => {
    const url = await serve([bind(route(), ok)], { authorize: (() => undefined) as never });
    expect((await ask(url, '/thing')).status).toBe(403);
  });
});
