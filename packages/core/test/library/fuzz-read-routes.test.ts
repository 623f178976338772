import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RouteBinding } from '../../src/index.js';
import { goodRequest, shelf } from './shelf.js';
import { openLibrary, safetensors } from './temp-library.js';

const SECRET = 'nobody may read this';
const isDeep = process.env['MODELSHELF_DEEP'] === '1';
const runs = isDeep ? 30_000 : 1500;

const texts = [
  '',
  ' ',
  '-1',
  '0',
  '1e309',
  '9'.repeat(400),
  '0x10',
  'true',
  'null',
  'undefined',
  'NaN',
  '\0',
  'a\0b',
  '%',
  '%00',
  '%2e%2e%2f',
  '%252e%252e%252f',
  '[]',
  '{"a":1}',
  '["a",1,null]',
  '../',
  '../../secret.png',
  '..\\..\\secret.png',
  '/etc/passwd',
  '//server/share/x',
  '\\\\server\\share\\x',
  'C:\\x',
  'loras-0:../secret.png',
  'loras-0:up/secret.png',
  '__proto__',
  'constructor',
  '(a+)+$',
  '(?=a)',
  '[',
  '👩‍👩‍👧‍👦',
  '\ud800',
  '\udfff!',
  '\u202e',
  'ß漢İ',
  'a'.repeat(1000),
  'a'.repeat(1001),
  'a'.repeat(5000),
] as const;

const wellFormed = (text: string): string => text.replace(/[\ud800-\udfff]/gu, '?');

/** Search text as a client may garble it: well-formed, encoded twice, or with lone surrogates as raw bytes. */
const encoders = [
  (text: string) => encodeURIComponent(wellFormed(text)),
  (text: string) => encodeURIComponent(encodeURIComponent(wellFormed(text))),
  (text: string) =>
    Buffer.from(text, 'utf16le')
      .toString('latin1')
      .replace(/[^\w]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`),
] as const;

const json = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 1e308, [], {}, [[]], { a: { b: [] } }) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...texts) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom<unknown>(...texts, 1, null, {}), { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const value = fc.oneof(fc.constantFrom(...texts), fc.string({ unit: 'binary', maxLength: 12 }));

interface Attempt {
  readonly binding: RouteBinding;
  readonly url: string;
  readonly body: string | undefined;
}

/** One request to a route: some of its parameters odd, repeated or foreign, the others left out or good. */
function attempts(binding: RouteBinding, good: string, outside: readonly string[]): fc.Arbitrary<Attempt> {
  const { definition, path } = binding;
  const names = Object.keys(definition.query?.shape ?? {});
  const fields =
    definition.body === undefined || definition.body === 'multipart' ? [] : Object.keys(definition.body.shape);
  const anyValue = fc.oneof(value, fc.constantFrom(...outside));
  const pair = fc.tuple(
    fc.constantFrom(...names, 'unknown', '__proto__', 'page'),
    anyValue,
    fc.constantFrom(...encoders),
  );
  const isGood = fc.boolean();
  const body =
    fields.length === 0
      ? fc.constant(undefined)
      : fc.oneof(
          fc
            .array(fc.tuple(fc.constantFrom(...fields), fc.oneof(json, anyValue)), { maxLength: 5 })
            .map((members) => JSON.stringify(Object.fromEntries(members))),
          json.map((text) => JSON.stringify(text)),
          fc.constantFrom('', '{', '\0', 'null', '{"__proto__":{"x":1}}', '['.repeat(10_000)),
        );
  return fc.tuple(fc.array(pair, { maxLength: 4 }), isGood, anyValue, body).map(([pairs, startsGood, name, sent]) => {
    const start = startsGood ? good : path.replace('{name}', encodeURIComponent(wellFormed(name)) || 'x');
    const odd = pairs.map(([key, text, encode]) => `${key}=${encode(text)}`).join('&');
    return { binding, url: `${start}${start.includes('?') ? '&' : '?'}${odd}`, body: sent };
  });
}

it(
  'every parameter of every read route may be anything: the envelope on errors, never a 500, never a byte from outside a root',
  async () => {
    const { library, request, folder } = await openLibrary({
      ...shelf,
      'secret.png': SECRET,
      'secret.safetensors': safetensors({ secret: SECRET }),
      'secret.metadata.json': JSON.stringify({ notes: SECRET }),
    });
    await library.ready;
    // After the scan: what a scan finds links to belongs to the library.
    await symlink(join(folder, 'secret.png'), join(folder, 'loras/escape.png'));
    await symlink(folder, join(folder, 'loras/up'));
    const outside = [
      'secret.png',
      'loras/escape.png',
      'loras/up/secret.png',
      'secret.safetensors',
      'loras/../secret.png',
    ].map((name) => `${folder}/${name}`);
    const readable = library.bindings.filter(
      ({ definition }) => definition.effect === 'read' && definition.reply !== 'events',
    );
    expect(readable.length).toBeGreaterThan(60);
    const attempt = fc
      .constantFrom(...readable)
      .chain((binding) => attempts(binding, goodRequest(binding, folder).url, outside));
    await fc.assert(
      fc.asyncProperty(attempt, async ({ binding, url, body }) => {
        const method = binding.methods.includes('GET') ? 'GET' : 'POST';
        const headers = { 'content-type': 'application/json' };
        const response = await request(url, body === undefined ? { method } : { method, body, headers });
        const text = await response.text();
        expect([url, body, response.status]).toEqual([url, body, expect.toBeOneOf([200, 400, 403, 404])]);
        expect(text).not.toContain(SECRET);
        if (response.status === 200) return;
        expect(JSON.parse(text)).toMatchObject({ success: false, error: expect.any(String), code: expect.any(String) });
      }),
      { numRuns: runs },
    );
  },
  isDeep ? 600_000 : 60_000,
);
