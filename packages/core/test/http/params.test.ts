import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  booleanParam,
  commaListParam,
  exactTrueParam,
  idParam,
  integerParam,
  jsonListParam,
  limitParam,
  listParam,
  optionalBooleanParam,
  pathParam,
  requiredTextParam,
  termsParam,
  textParam,
  triStateParam,
} from '../../src/routes/params.js';

const shape = z.object({
  page: integerParam({ default: 1, min: 1 }),
  size: integerParam({ default: 20, min: 1, max: 100 }),
  limit: integerParam(),
  recursive: booleanParam(true),
  credit: triStateParam(),
  tag: listParam(),
  text: textParam(),
});

describe('route parameters', () => {
  it('fill in their defaults', () => {
    expect(shape.parse({})).toEqual({ page: 1, size: 20, recursive: true, tag: [] });
  });

  it('take the values of a search and those of a call in process alike', () => {
    const expected = { page: 2, size: 5, limit: -3, recursive: false, credit: true, tag: ['a'], text: '' };
    expect(
      shape.parse({ page: '2', size: '5', limit: '-3', recursive: 'no', credit: 'yes', tag: 'a', text: '' }),
    ).toEqual(expected);
    expect(shape.parse({ page: 2, size: 5, limit: -3, recursive: false, credit: true, tag: ['a'], text: '' })).toEqual(
      expected,
    );
  });

  it('Invariant: limits clamp', () => {
    fc.assert(
      fc.property(fc.bigInt(), (number) => {
        const { size } = shape.parse({ size: String(number) });
        expect(size).toBe(number < 1n ? 1 : number > 100n ? 100 : Number(number));
      }),
    );
    expect(shape.parse({ size: '9'.repeat(400) }).size).toBe(100);
    expect(shape.parse({ page: `-${'9'.repeat(400)}` }).page).toBe(1);
  });

  it.each(['', ' 1', '1.0', '0x10', '1e3', 'abc', '١', 1.5, Number.NaN, true, null, ['1']])(
    'a number that is none is a failure: %s',
    (page) => {
      const result = shape.safeParse({ page });
      expect(result.error?.issues.map(({ path, message }) => ({ path, message }))).toEqual([
        { path: ['page'], message: 'expected a whole number' },
      ]);
    },
  );

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', false],
    ['yes', false],
    ['', false],
    [false, false],
  ])('boolean %s is %s', (value, expected) => {
    expect(shape.parse({ recursive: value }).recursive).toBe(expected);
  });

  it.each([
    ['FALSE', false],
    ['0', false],
    ['', false],
    ['no', true],
    ['true', true],
  ])('tri-state %s is %s', (value, expected) => {
    expect(shape.parse({ credit: value }).credit).toBe(expected);
  });

  const other = z.object({
    csv: commaListParam(),
    json: jsonListParam(),
    exact: exactTrueParam(),
    maybe: optionalBooleanParam(),
    id: idParam(),
    terms: termsParam(['a', 'b']),
    rows: limitParam({ default: 20, max: 200 }),
    few: listParam({ maxEntries: 2, maxLength: 3 }),
    name: requiredTextParam().optional(),
    path: pathParam().optional(),
  });

  it.each([
    [{ csv: 'a, b,,' }, { csv: ['a', ' b', '', ''] }],
    [{ json: '["a",1,"b"]' }, { json: ['a', 'b'] }],
    [{ json: '{"a":1}' }, { json: [] }],
    [{ json: '[' }, { json: [] }],
    [{ exact: 'true' }, { exact: true }],
    [{ exact: 'TRUE' }, { exact: false }],
    [{ maybe: 'FALSE' }, { maybe: false }],
    [{ id: ' 12 ' }, { id: 12 }],
    [{ id: 'hf:a/b' }, { id: 'hf:a/b' }],
    [{ id: ' ' }, { id: undefined }],
    [{ terms: 'a' }, { terms: ['a'] }],
    [{ terms: ['b', 'a'] }, { terms: ['b', 'a'] }],
    [{ rows: '-5' }, { rows: 1 }],
    [{ rows: 0 }, { rows: 0 }],
    [{ rows: 1e9 }, { rows: 200 }],
  ])('%j is read as %j', (input, expected) => {
    expect(other.parse(input)).toMatchObject(expected);
    expect(other.parse({})).toEqual({ exact: false, terms: [], rows: 20, few: [] });
  });

  it.each([
    [{ csv: 'a,'.repeat(1001) }, 'has more than 1000 entries'],
    [{ json: JSON.stringify(Array.from({ length: 1001 }, () => '')) }, 'has more than 1000 entries'],
    [{ json: ' '.repeat(100_001) }, 'is longer than 100000 characters'],
    [{ terms: ['a', 'c'] }, 'expected some of a, b'],
    [{ few: ['a', 'b', 'c'] }, 'has more than 2 entries'],
    [{ few: 'abcd' }, 'has an entry of more than 3 characters'],
    [{ name: '' }, 'is required'],
    [{ name: 1 }, 'expected text'],
    [{ name: 'x'.repeat(1001) }, 'is longer than 1000 characters'],
    [{ path: 'x'.repeat(4097) }, 'is longer than 4096 characters'],
    [{ id: {} }, 'expected a number or text'],
  ])('%# is refused: %s', (input, message) => {
    expect(other.safeParse(input).error?.issues.map((issue) => issue.message)).toEqual([message]);
  });

  it('does not share the default list', () => {
    shape.parse({}).tag.push('x');
    expect(shape.parse({}).tag).toEqual([]);
  });

  it('describes itself as what a client may send', () => {
    const described = z.toJSONSchema(shape, { io: 'input' });
    expect(described.required).toBeUndefined();
    expect(described.properties?.['page']).toMatchObject({ type: ['number', 'string'] });
  });
});
