import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { validateCall, validateInput } from '../../src/http/validate.js';
import { booleanParam, integerParam, listParam, textParam } from '../../src/routes/params.js';
import { route } from './serve.js';

const list = route({
  path: '/list/{id}',
  params: z.object({ id: z.string() }),
  query: z.object({
    page: integerParam({ default: 1, min: 1 }),
    recursive: booleanParam(true),
    search: textParam(),
    tag: listParam(),
    only: z.array(z.string()).optional(),
    nested: z.preprocess((value) => value, z.array(z.string()).default(['d']).readonly()),
    anything: z.unknown().optional(),
    later: z.lazy(() => z.array(z.string()).nullable().optional()),
    trimmed: z
      .string()
      .transform((text) => text.trim())
      .optional(),
  }),
});
const ask = (search: string) => validateInput(list, { id: '7' }, search);
const refused = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('validateInput: the search', () => {
  it('a key once is one value, and a list where the schema is a list', () => {
    expect(ask('search=a&tag=b&only=c&nested=d&anything=e&later=f&trimmed=+g+')).toEqual({
      id: '7',
      page: 1,
      recursive: true,
      search: 'a',
      tag: ['b'],
      only: ['c'],
      nested: ['d'],
      anything: 'e',
      later: ['f'],
      trimmed: 'g',
    });
  });

  it('of a repeated key all values count where a list is accepted, else the first only', () => {
    expect(ask('search=1&search=2&tag=a&tag=b&page=2&page=x&anything=1&anything=2&only=p&only=q')).toMatchObject({
      search: '1',
      tag: ['a', 'b'],
      page: 2,
      anything: ['1', '2'],
      only: ['p', 'q'],
    });
  });

  it('property: any keys and values in any order', () => {
    const known = fc.constantFrom('search', 'tag', 'only', 'trimmed', 'foreign', '__proto__', 'constructor');
    const pair = fc.tuple(
      known,
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
    );
    fc.assert(
      fc.property(fc.array(pair), (pairs) => {
        const search = new URLSearchParams(pairs);
        const got = ask(search.toString());
        const all = (key: string) => search.getAll(key);
        expect(got).toEqual({
          id: '7',
          page: 1,
          recursive: true,
          nested: ['d'],
          tag: all('tag'),
          ...(search.has('search') ? { search: all('search')[0] } : {}),
          ...(search.has('trimmed') ? { trimmed: all('trimmed')[0]?.trim() } : {}),
          ...(search.has('only') ? { only: all('only') } : {}),
        });
        expect(Object.getPrototypeOf(got)).toBe(Object.prototype);
      }),
    );
  });

  it('names the field and the reason, and lists up to 20 issues', () => {
    expect(refused(() => ask('page=x'))).toMatchObject({
      code: 'validation_failed',
      message: 'page: expected a whole number',
      details: [{ path: 'page', message: 'expected a whole number' }],
    });
    const keys = Array.from({ length: 30 }, (_, at) => `k${at}`);
    const many = route({ query: z.object(Object.fromEntries(keys.map((key) => [key, z.string()]))) });
    expect(refused(() => validateInput(many, {}, ''))).toMatchObject({
      message: 'k0: expected string, received undefined',
      details: { length: 20 },
    });
  });

  it.each(['search=%00', 'tag=a&tag=a%00b', 'anything=%00'])('refuses NUL: %s', (search) => {
    expect(refused(() => ask(search))).toMatchObject({ code: 'validation_failed' });
  });

  it('refuses NUL in a path parameter', () => {
    expect(refused(() => validateInput(list, { id: 'a\0' }, ''))).toMatchObject({ message: /^id: / });
  });

  it('hands over params that no schema describes, and makes nothing where there is nothing', () => {
    const params = { id: 'x' };
    expect(validateInput(route(), params, 'a=1')).toBe(params);
  });
});

describe('validateInput: the body', () => {
  const save = route({
    methods: ['POST'],
    params: z.object({ id: z.string() }),
    query: z.object({ dry_run: booleanParam(false) }),
    body: z.object({ name: z.string(), more: z.looseObject({}).optional() }),
  });
  const twin = route({ methods: ['GET', 'POST'], query: z.object({ a: textParam(), b: textParam(), l: listParam() }) });

  it('joins params, query and body', () => {
    expect(validateInput(save, { id: '1' }, 'dry_run=true', { name: 'n', x: 1 })).toEqual({
      id: '1',
      dry_run: true,
      name: 'n',
    });
  });

  it('on a route with GET and POST the body goes over the search', () => {
    expect(validateInput(twin, {}, 'a=1&b=2&l=x', { b: '3', l: ['y', 'z'] })).toEqual({
      a: '1',
      b: '3',
      l: ['y', 'z'],
    });
    expect(validateInput(twin, {}, 'a=1')).toEqual({ a: '1', l: [] });
  });

  it.each([5, 'text', true, null, [], [{ name: 'n' }]])('refuses %j', (body) => {
    expect(refused(() => validateInput(save, { id: '1' }, '', body))).toMatchObject({
      code: 'validation_failed',
      message: 'expected an object',
    });
  });

  it('refuses NUL at any depth, in values and in keys', () => {
    for (const more of [{ a: ['\0'] }, { a: { 'b\0': 1 } }, { a: [{ b: [{ c: 'x\0y' }] }] }]) {
      expect(refused(() => validateInput(save, { id: '1' }, '', { name: 'n', more }))).toMatchObject({
        code: 'validation_failed',
        message: 'more: holds a NUL character',
      });
    }
  });

  it('refuses a depth that would overflow the stack of whoever walks it', () => {
    const deep: unknown = JSON.parse(`{"name":"n","more":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`);
    expect(refused(() => validateInput(save, { id: '1' }, '', deep))).toMatchObject({
      message: 'more: is nested too deeply',
    });
  });

  it('__proto__ in a body changes no prototype', () => {
    const loose = route({ methods: ['POST'], body: z.looseObject({}) });
    const got = validateInput(loose, {}, '', JSON.parse('{"__proto__":{"polluted":true},"a":1}'));
    expect(got['a']).toBe(1);
    expect('polluted' in got).toBe(false);
    expect('polluted' in {}).toBe(false);
  });
});

describe('validateCall', () => {
  const call = route({
    methods: ['POST'],
    params: z.object({ id: z.string() }),
    query: z.object({ page: integerParam({ default: 1, min: 1 }), recursive: booleanParam(true), tag: listParam() }),
    body: z.strictObject({ name: z.string().optional() }),
  });

  it('takes plain values for what the search has as text', () => {
    expect(validateCall(call, { id: '1', page: 2, recursive: false, tag: ['a'], name: 'n' })).toEqual({
      id: '1',
      page: 2,
      recursive: false,
      tag: ['a'],
      name: 'n',
    });
    expect(validateCall(call, { id: '1' })).toEqual({ id: '1', page: 1, recursive: true, tag: [] });
  });

  it('takes nothing where nothing is needed', () => {
    expect(validateCall(route(), undefined)).toEqual({});
    expect(validateCall(route({ query: z.object({ a: textParam() }) }), undefined)).toEqual({});
  });

  it('refuses as over HTTP', () => {
    expect(refused(() => validateCall(call, { id: '1', page: 'x' }))).toMatchObject({
      message: 'page: expected a whole number',
    });
    expect(refused(() => validateCall(call, { id: '1', wrong: 1 }))).toMatchObject({ message: /wrong/ });
    expect(refused(() => validateCall(call, [1]))).toMatchObject({ message: 'expected an object' });
    expect(refused(() => validateCall(call, { id: '\0' }))).toMatchObject({ code: 'validation_failed' });
  });
});

describe('validateCall: bytes', () => {
  it('does not look into bytes for text', () => {
    const bytes = new Uint8Array(1000);
    const entries = vi.spyOn(Object, 'entries');
    try {
      validateCall(route({ path: '/upload', methods: ['POST'], effect: 'write', body: 'multipart' }), { file: bytes });
      expect(entries.mock.calls.map(([value]) => value)).not.toContain(bytes);
    } finally {
      entries.mockRestore();
    }
  });
});
