import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../../src/catalog/bit-set.js';
import { matchesFuzzily } from '../../../src/catalog/search/matches-fuzzily.js';
import { WordIndex } from '../../../src/catalog/search/word-index.js';
import { naiveFuzzy } from './ratcliff.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const word = fc.oneof(
  fc.constantFrom(
    'gamma',
    'gama',
    'gmama',
    'alpha',
    'alpah',
    'v1.0',
    '1024',
    '1042',
    '東京',
    '🎨🎨🎨🎨🎨🎨x',
    'detail',
    'detial',
  ),
  fc.stringMatching(/^[ab]{1,9}$/),
  fc.stringMatching(/^[a-e]{5,9}$/),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
);
const blank = fc.constantFrom(' ', '  ', '\t', '\n ');
const text = fc
  .tuple(fc.array(fc.tuple(word, blank), { maxLength: 4 }), fc.constantFrom('', ' ', 'end'))
  .map(([words, end]) => words.map((pair) => pair.join('')).join('') + end);
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ id: fc.nat({ max: 200 }), text }) },
  { weight: 1, arbitrary: fc.record({ id: fc.nat({ max: 200 }), text: fc.constant(undefined) }) },
);

function find(index: WordIndex, pattern: string): number[] {
  const found = new BitSet();
  index.findFuzzy(pattern, found);
  return [...found];
}

describe('matchesFuzzily', () => {
  it.each([
    ['gamma two', 'gama', true],
    ['alpha', 'alpah', false],
    ['gamma two', 'two gama', true],
    ['gamma two', 'gama three', false],
    ['gamma', 'amm', true],
    ['', 'a', false],
    ['a', '', false],
    ['a', '  ', true],
    ['  ', ' ', true],
    ['', ' ', false],
  ])('%j against %j is %s', (of, pattern, expected) => {
    expect(matchesFuzzily(of, pattern)).toBe(expected);
    const index = new WordIndex();
    index.set(0, of);
    expect(find(index, pattern)).toEqual(expected ? [0] : []);
  });

  it('matches as the plain rule does', () => {
    fc.assert(
      fc.property(text, text, (of, pattern) => {
        expect(matchesFuzzily(of, pattern)).toBe(naiveFuzzy(of, pattern));
      }),
      { numRuns: runs * 5 },
    );
  });

  it('takes a word longer than any name as a substring only, in no time', () => {
    const long = 'ab'.repeat(50_000);
    expect(matchesFuzzily(long, `${long}x`)).toBe(false);
    expect(matchesFuzzily(`${long}x`, long)).toBe(true);
  });
});

describe('WordIndex', () => {
  it('a fuzzy search finds exactly the texts that match on their own, whatever was set and deleted before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), text, (steps, pattern) => {
        const index = new WordIndex();
        const oracle = new Map<number, string>();
        for (const { id, text: of } of steps) {
          if (of === undefined) {
            index.delete(id);
            oracle.delete(id);
          } else {
            index.set(id, of);
            oracle.set(id, of);
          }
        }
        const expected = [...oracle].flatMap(([id, of]) => (naiveFuzzy(of, pattern) ? [id] : []));
        expect(find(index, pattern)).toEqual(expected.sort((a, b) => a - b));
      }),
      { numRuns: runs * 2 },
    );
  });

  it('finds parts that thousands of texts share, and forgets each of them', () => {
    const index = new WordIndex();
    const ids = Array.from({ length: 3000 }, (_, id) => id);
    for (const id of ids) index.set(id, `lora style ${String(id)}`);
    expect(find(index, 'lroa style')).toEqual([]);
    expect(find(index, 'lora stylee')).toEqual(ids);
    // 299 and 999 are near enough: three of four digits match.
    expect(find(index, 'stylee lora 2999')).toEqual([299, 999, 2999]);
    for (const id of ids) if (id % 2 === 0) index.delete(id);
    expect(find(index, 'style')).toEqual(ids.filter((id) => id % 2 === 1));
    for (const id of ids) index.delete(id);
    expect(find(index, 'style')).toEqual([]);
    index.set(5, 'style');
    expect(find(index, 'style')).toEqual([5]);
  });

  it('forgets a text that says a word twice', () => {
    const index = new WordIndex();
    index.set(1, 'ink ink');
    index.set(2, 'ink');
    index.delete(1);
    expect(find(index, 'ink')).toEqual([2]);
  });
});
