import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BitSet } from '../../../src/catalog/bit-set.js';
import { addPosting, withId, withoutId, type Posting } from '../../../src/catalog/search/posting.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

describe('a posting', () => {
  it('holds the ids of a Set, and nothing is left of an empty one', () => {
    const change = fc.tuple(fc.boolean(), fc.nat({ max: 300 }));
    const fill = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(fill, fc.array(change, { maxLength: 100 }), (filled, changes) => {
        let posting: Posting | undefined;
        const oracle = new Set<number>();
        for (const [added, id] of [...Array.from({ length: filled }, (_, at) => [true, at] as const), ...changes]) {
          if (added && oracle.has(id)) continue;
          posting = added ? withId(posting, id) : withoutId(posting, id);
          oracle[added ? 'add' : 'delete'](id);
        }
        const held = new BitSet();
        addPosting(posting, held);
        expect([...held]).toEqual([...oracle].sort((a, b) => a - b));
        for (const id of oracle) posting = withoutId(posting, id);
        expect(posting).toBeUndefined();
      }),
      { numRuns: runs },
    );
  });
});
