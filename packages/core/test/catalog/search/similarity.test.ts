import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { similarity } from '../../../src/catalog/search/similarity.js';
import { naiveRatio } from './ratcliff.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

describe('similarity', () => {
  it.each([
    ['gamma', 'gama', 8 / 9],
    ['alpha', 'alpah', 0.8],
    ['', '', 1],
    ['abc', 'xyz', 0],
    ['🎨art', '🎨arts', 8 / 9],
    // The order counts: what matches left and right depends on which of equally long blocks is taken.
    ['tide', 'diet', 0.25],
    ['diet', 'tide', 0.5],
  ])('of %j and %j is %f', (part, word, expected) => {
    expect(similarity(part, word)).toBeCloseTo(expected, 10);
  });

  it('is the ratio of the longest common blocks, the first of the part and then of the word taken among equals', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[ab]{0,12}$/),
      fc.stringMatching(/^[a-d]{0,10}$/),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(word, word, (part, other) => {
        expect(similarity(part, other)).toBe(naiveRatio(part, other));
      }),
      { numRuns: runs * 10 },
    );
  });
});
