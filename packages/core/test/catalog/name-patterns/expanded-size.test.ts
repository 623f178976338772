import { describe, expect, it } from 'vitest';
import { expandedSize } from '../../../src/catalog/name-patterns/expanded-size.js';

describe('expandedSize', () => {
  it.each([
    ['', 0],
    ['abc', 3],
    ['a{3}(bc){2}', 7],
    ['a{2,5}', 5],
    ['a{3,}', 3],
    ['a{0}', 1],
    ['(a{10}){10}', 100],
    ['((a{10}){10}){10}', 1000],
    ['[a-z0-9]{8}-[^]x]{4}', 13],
    ['([[:alpha:])]bc){10}', 30],
    ['([)[:alpha:](]bc){10}', 30],
    [String.raw`\({10}`, 10],
    ['a{x}', 4],
    ['(ab', 2],
    ['ab)', 3],
    [String.raw`(\Q)\Ea){10}`, Infinity],
  ])('of %s is %d', (expression, size) => {
    expect(expandedSize(expression)).toBe(size);
  });
});
