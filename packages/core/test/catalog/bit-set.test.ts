import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../src/catalog/bit-set.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const id = fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 5000 }), fc.constantFrom(0, 31, 32, 63, 64));
const ids = fc.array(id, { maxLength: 40 });
const step = fc.oneof(
  fc.record({ kind: fc.constantFrom('add' as const, 'delete' as const), id }),
  fc.record({ kind: fc.constantFrom('or' as const, 'and' as const, 'andNot' as const), ids }),
  fc.record({ kind: fc.constant('clear' as const) }),
);

function play(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], capacity: number) {
  const set = new BitSet(capacity);
  let oracle = new Set<number>();
  for (const each of steps) {
    switch (each.kind) {
      case 'add':
      case 'delete':
        set[each.kind](each.id);
        oracle[each.kind](each.id);
        break;
      case 'clear':
        set.clear();
        oracle.clear();
        break;
      default: {
        const other = new Set(each.ids);
        expect(set[each.kind](BitSet.of(each.ids))).toBe(set);
        if (each.kind === 'or') oracle = new Set([...oracle, ...other]);
        else oracle = new Set([...oracle].filter((one) => other.has(one) === (each.kind === 'and')));
      }
    }
  }
  return { set, sorted: [...oracle].sort((a, b) => a - b) };
}

describe('BitSet', () => {
  it('holds what a Set of numbers holds, in ascending order', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat({ max: 100 }), id, (steps, capacity, asked) => {
        const { set, sorted } = play(steps, capacity);
        const called: number[] = [];
        set.forEach((one) => called.push(one));
        expect([...set]).toEqual(sorted);
        expect(called).toEqual(sorted);
        expect(set.size).toBe(sorted.length);
        expect(set.isEmpty).toBe(sorted.length === 0);
        expect(set.has(asked)).toBe(sorted.includes(asked));
      }),
      { numRuns: runs * 2 },
    );
  });

  it('gives a copy that lives on its own', () => {
    const set = BitSet.of([1, 40]);
    const copy = set.clone();
    copy.add(7);
    set.delete(40);
    expect([[...set], [...copy]]).toEqual([[1], [1, 7, 40]]);
  });
});
