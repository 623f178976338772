import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { booleanParam, integerParam, listParam, textParam, triStateParam } from '../../src/routes/params.js';

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
