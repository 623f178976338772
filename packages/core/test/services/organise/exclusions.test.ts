import { performance } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { exclusionPatterns, exclusionsOf } from '../../../src/services/organise/exclusions.js';

const excludes = (pattern: string, ...texts: string[]): boolean => exclusionsOf([pattern]).excludes(...texts);

describe('exclusions', () => {
  it('splits a text, and keeps each pattern of a list once', () => {
    expect(exclusionPatterns(' a;b, c\nd ;; a')).toEqual(['a', 'b', 'c', 'd']);
    expect(exclusionPatterns(['a,b', ' a,b ', '', 'c'])).toEqual(['a,b', 'c']);
    expect(exclusionPatterns(null)).toEqual([]);
  });

  it.each([
    ['*.safetensors', 'a/b.safetensors', true],
    ['keep/*', 'keep/a/b.safetensors', true],
    ['keep/*', 'x/keep/a', false],
    ['b', 'a/b', false],
    ['?.pt', '\u{1f600}.pt', true],
    ['[abc].pt', 'b.pt', true],
    ['[!abc].pt', 'b.pt', false],
    ['[!abc].pt', 'd.pt', true],
    ['[a-cx].pt', 'x.pt', true],
    ['[z-a].pt', 'b.pt', false],
    ['[]a].pt', '].pt', true],
    ['[!]a].pt', '].pt', false],
    ['[^a].pt', '^.pt', true],
    ['[a.pt', '[a.pt', true],
    ['[a-].pt', '-.pt', true],
    ['a+(b).pt', 'a+(b).pt', true],
    ['**', '', true],
    ['*a*b', 'xaxbxb', true],
    ['*a*b', 'xaxbxc', false],
    ['', 'a', false],
  ])('%j and %j: %j', (pattern, text, expected) => {
    expect(excludes(pattern, text)).toBe(expected);
  });

  it('compares with every text, and with case where it counts', () => {
    expect(excludes('A*', 'b', 'a/b')).toBe(false);
    expect(exclusionsOf(['A*'], { ignoreCase: true }).excludes('b', 'a/b')).toBe(true);
    expect(exclusionsOf([]).excludes('a')).toBe(false);
  });

  it('takes no longer than pattern times text, however many stars there are', () => {
    const begun = performance.now();
    expect(excludes(`${'*a'.repeat(400)}b`, 'a'.repeat(4096))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1_000);
  });
});

describe('exclusionsOf: unclosed sets', () => {
  it('takes a long row of them in no more time than its length', () => {
    const start = performance.now();
    expect(exclusionsOf(['['.repeat(100_000)]).excludes('a')).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(exclusionsOf(['[[]', '[a']).excludes('[')).toBe(true);
    expect(exclusionsOf(['[a']).excludes('[a')).toBe(true);
  });
});
