import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../../src/catalog/bit-set.js';
import { TextIndex } from '../../../src/catalog/search/text-index.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const text = fc.oneof(
  fc.stringMatching(/^[ab .*+\n]{0,8}$/),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 40 }),
  fc.constantFrom('', '\0', '東京タワー', '🎨 art', '\ud83c', '\udfa8', 'a\0b', '(a+)+$', 'ünï', 'detail tweaker xl'),
);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), id: fc.nat({ max: 40 }), text }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), id: fc.nat({ max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('find' as const), needle: text }) },
);

function find(index: TextIndex, needle: string): number[] {
  const found = new BitSet();
  index.findContaining(needle, found);
  return [...found];
}

function naive(oracle: ReadonlyMap<number, string>, needle: string): number[] {
  return [...oracle].flatMap(([id, each]) => (each.includes(needle) ? [id] : [])).sort((a, b) => a - b);
}

describe('TextIndex', () => {
  it('a search finds exactly the texts that include the needle, whatever was set and deleted before', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), text, fc.nat(), fc.nat(), (steps, needle, at, length) => {
        const index = new TextIndex();
        const oracle = new Map<number, string>();
        for (const each of steps) {
          if (each.kind === 'find') {
            expect(find(index, each.needle)).toEqual(naive(oracle, each.needle));
          } else if (each.kind === 'set') {
            index.set(each.id, each.text);
            oracle.set(each.id, each.text);
          } else {
            index.delete(each.id);
            oracle.delete(each.id);
          }
        }
        const [some = ''] = oracle.values();
        const from = at % (some.length + 1);
        const pieces = [1, 2, 3, 4 + (length % 20)].map((size) => some.slice(from, from + size));
        for (const each of [needle, ...pieces, some]) expect(find(index, each)).toEqual(naive(oracle, each));
      }),
      { numRuns: runs * 2 },
    );
  });

  it('stays exact when there are more pairs of characters than rows for them', () => {
    const characters = Array.from({ length: 60 }, (_, at) => String.fromCharCode(35 + at));
    const texts = characters.flatMap((a) => characters.map((b) => `${a}${b}`));
    const index = new TextIndex();
    texts.forEach((each, id) => {
      index.set(id, each);
    });
    for (const [id, each] of texts.entries()) expect(find(index, each)).toEqual([id]);
  });

  it('keeps what a needle found true while texts change, for more needles than are kept', () => {
    const index = new TextIndex();
    const needles = Array.from({ length: 20 }, (_, at) => `name ${String.fromCharCode(97 + at)}`);
    needles.forEach((each, id) => {
      index.set(id, each);
    });
    for (const [id, each] of needles.entries()) expect(find(index, each)).toEqual([id]);
    index.set(30, 'the name t again');
    index.set(19, 'another');
    expect(find(index, 'name t')).toEqual([30]);
    index.delete(30);
    expect(find(index, 'name t')).toEqual([]);
  });

  it('adds to what is in the set and hands out none of its own', () => {
    const index = new TextIndex();
    index.set(3, 'ink');
    const found = BitSet.of([9]);
    index.findContaining('i', found);
    found.add(5);
    expect([[...found], find(index, 'i')]).toEqual([[3, 5, 9], [3]]);
  });
});
