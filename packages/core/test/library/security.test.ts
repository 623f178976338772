import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuthorizeRequest, RouteDefinition } from '../../src/index.js';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

const SECRET = 'nobody may read this';
const runs = process.env['MODELSHELF_DEEP'] === '1' ? 3000 : 300;

const files = {
  'loras/x.safetensors': safetensors(),
  'loras/x.metadata.json': sidecar({ notes: SECRET }),
  'loras/x.png': 'png bytes',
  'secret.png': SECRET,
  'shared/pics/far.png': 'linked bytes',
  'shared/pics/far.safetensors': safetensors(),
};

const preview = (path: string): string => `/api/lm/previews?path=${encodeURIComponent(path)}`;

describe('previews', () => {
  it('R-W1: a link outside the roots opens nothing, and requests teach nothing', async () => {
    const { library, folder, request } = await openLibrary(files);
    await symlink(join(folder, 'secret.png'), join(folder, 'link.png'));
    await library.ready;
    for (let attempt = 0; attempt < 2; attempt++) {
      for (const path of [join(folder, 'link.png'), join(folder, 'secret.png'), '/etc/passwd', '/proc/self/environ']) {
        const response = await request(preview(path));
        expect([path, response.status]).toEqual([path, 403]);
        expect(await response.json()).toMatchObject({ code: 'path_outside_roots' });
      }
    }
  });

  it('P-3: containment accepts a link that a scan found inside a root and refuses .. and absolute targets', async () => {
    const { library, folder, request } = await openLibrary(files);
    await symlink(join(folder, 'shared/pics'), join(folder, 'loras/linked'));
    await symlink(join(folder, 'loras/x.png'), join(folder, 'loras/inner.png'));
    await library.ready;
    const { items } = await library.loras.getModels({ folder: 'linked' });
    const linked = await request(items[0]?.preview_url ?? '');
    expect([linked.status, await linked.text()]).toEqual([200, 'linked bytes']);
    expect((await request(preview(join(folder, 'loras/inner.png')))).status).toBe(200);
    await symlink(join(folder, 'secret.png'), join(folder, 'loras/escape.png'));
    for (const path of [`${folder}/loras/../secret.png`, `${folder}/loras/escape.png`]) {
      expect([path, (await request(preview(path))).status]).toEqual([path, 403]);
    }
  });

  it('R-W3: only pictures and videos are served, and browsers may not guess', async () => {
    const { library, folder, request } = await openLibrary(files);
    await library.ready;
    for (const name of ['x.safetensors', 'x.metadata.json']) {
      const response = await request(preview(join(folder, 'loras', name)));
      expect([name, response.status]).toEqual([name, 404]);
      expect(await response.text()).not.toContain(SECRET);
    }
    const picture = await request(preview(join(folder, 'loras/x.png')));
    expect(picture.headers.get('x-content-type-options')).toBe('nosniff');
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(picture.headers.get('cache-control')).toBe('public, max-age=86400');
    expect((await request(preview(join(folder, 'loras')))).status).toBe(404);
    expect((await request(preview(join(folder, 'loras/gone.png')))).status).toBe(404);
    expect((await request('/api/lm/previews')).status).toBe(400);
    expect((await request('/api/lm/previews?path=')).status).toBe(400);
  });

  it('R-W15: a name with a literal %41 is reachable through the URL that the list returns', async () => {
    const { library, request } = await openLibrary({
      'loras/p%41.safetensors': safetensors(),
      'loras/p%41.png': 'percent',
      'loras/pA.png': 'wrong one',
    });
    await library.ready;
    const { items } = await library.loras.getModels();
    expect(await (await request(items[0]?.preview_url ?? '')).text()).toBe('percent');
  });

  it('the preview_url of an item, requested verbatim, returns the bytes of the file on disk', async () => {
    const { library, request } = await openLibrary({
      "loras/it's (1) & #?+;=,€ 日本.safetensors": safetensors(),
      "loras/it's (1) & #?+;=,€ 日本.webp": 'the bytes',
    });
    await library.ready;
    const { items } = await library.loras.getModels();
    const url = items[0]?.preview_url ?? '';
    expect(await (await request(url)).text()).toBe('the bytes');
    expect(url).toMatch(/^\/api\/lm\/previews\?path=[A-Za-z0-9_.~%-]+$/);
    const { preview_url } = await library.loras.getModelPreviewUrl({ name: items[0]?.file_name ?? '' });
    expect(preview_url).toBe(url);
  });
});

describe('access', () => {
  it('P-17: authorize decides about every route, and every mutating route calls it', async () => {
    const asked: [AuthorizeRequest, RouteDefinition, unknown][] = [];
    const { library, request } = await openLibrary(files, {
      authorize: (...parts) => {
        asked.push(parts);
        return parts[1].effect === 'read';
      },
    });
    await library.ready;
    for (const { definition, methods, path } of library.bindings) {
      if (definition.reply === 'events') continue;
      for (const method of methods) {
        const before = asked.length;
        const { status } = await request(`${path}?path=x&name=x&file_path=x`, { method });
        expect([method, path, asked.length - before]).toEqual([method, path, 1]);
        if (definition.effect === 'write') expect([method, path, status]).toEqual([method, path, 403]);
        else expect(status).not.toBe(401);
      }
    }
    expect(asked.some(([, { handler }]) => handler === 'scanModels')).toBe(true);
  });

  it('P-17: no GET mutates unless the compatibility switch is on', async () => {
    const { library } = await openLibrary({}, { legacyGetWrites: false });
    const writing = library.bindings.filter(({ definition }) => definition.effect === 'write');
    expect(writing.length).toBeGreaterThan(0);
    for (const { methods } of writing) expect(methods).not.toContain('GET');
  });

  it('P-17: cross-origin mutations are refused', async () => {
    const { library, request } = await openLibrary(files, { trustedOrigins: ['https://studio.example'] });
    await library.ready;
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await request('/api/lm/loras/scan', { method: 'POST', headers: { host: '127.0.0.1', ...headers } })).status;
    expect(await status({})).toBe(200);
    expect(await status({ origin: 'http://127.0.0.1' })).toBe(200);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await status({ origin: 'https://studio.example', 'sec-fetch-site': 'cross-site' })).toBe(200);
  });

  it('P-17: fuzzed ../, absolute, UNC, NUL, encoded and link-escape paths never touch a file outside roots', async () => {
    const { library, folder, request } = await openLibrary(files);
    await library.ready;
    // After the scan: what a scan finds links to belongs to the library.
    await symlink(join(folder, 'secret.png'), join(folder, 'loras/escape.png'));
    await symlink(folder, join(folder, 'loras/up'));
    const segment = fc.constantFrom(
      '..',
      '.',
      '',
      'loras',
      'up',
      'secret.png',
      'escape.png',
      'x.png',
      '%2e%2e',
      '\\..',
      '\0',
      'C:',
      '\u2025',
    );
    const start = fc.constantFrom(
      folder,
      `${folder}/loras`,
      '',
      '/',
      '//server/share',
      '\\\\server\\share',
      'loras-0:',
      '~',
    );
    const path = fc
      .tuple(start, fc.array(segment, { maxLength: 6 }), fc.constantFrom('/', '\\', '//'), fc.nat(2))
      .map(([from, segments, separator, rounds]) => {
        let text = [from, ...segments].join(separator);
        for (let round = 0; round < rounds; round++) text = encodeURIComponent(text);
        return text;
      });
    await fc.assert(
      fc.asyncProperty(path, async (attempt) => {
        for (const route of [
          '/api/lm/previews?path=',
          '/api/lm/loras/metadata?file_path=',
          '/api/lm/loras/preview-url?name=',
        ]) {
          const response = await request(route + encodeURIComponent(attempt));
          const text = await response.text();
          expect(text).not.toContain(SECRET);
          expect(text).not.toContain(`${folder}/secret`);
          expect(response.status).toBeLessThan(500);
        }
      }),
      { numRuns: runs },
    );
  });

  it('every parameter of every read route may be anything: an answer with the envelope, never a 500', async () => {
    const { library, request } = await openLibrary(files);
    await library.ready;
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom(
        '',
        '-1',
        '1e309',
        '9'.repeat(400),
        'true',
        '\0',
        '%',
        '[]',
        '{"a":1}',
        '../',
        '__proto__',
        '(a+)+$',
      ),
    );
    const names = [
      'page',
      'page_size',
      'sort_by',
      'folder',
      'recursive',
      'search',
      'search_tags',
      'base_model',
      'tag',
      'tags',
      'tag_include',
      'tag_logic',
      'favorites_only',
      'limit',
      'name',
      'file_path',
      'path',
      'license_flags',
      'topics',
      '__proto__',
    ];
    const query = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 5 });
    const paths = library.bindings
      .filter(({ definition }) => definition.effect === 'read' && definition.reply !== 'events')
      .map(({ path }) => path);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), query, async (path, pairs) => {
        const response = await request(`${path}?${pairs.map((pair) => pair.map(encodeWell).join('=')).join('&')}`);
        expect([200, 400, 403, 404]).toContain(response.status);
        if (response.headers.get('content-type')?.includes('json')) {
          expect(await response.json()).toMatchObject({ success: response.status === 200 });
        } else await response.arrayBuffer();
      }),
      { numRuns: runs },
    );
  });
});

const encodeWell = (text: string): string => encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '?'));
