import { SearchedWord } from './searched-word.js';
import { wordsOf } from './words-of.js';

/**
 * Tells whether a text matches a pattern in fuzzy mode: every word of the pattern is part of the text or similar to one of
 * its words. Both are lower-case. An empty text or pattern never matches; one of blanks matches every text.
 */
export function matchesFuzzily(text: string, pattern: string): boolean {
  return fuzzyMatcher(pattern)(text);
}

/** The same for many texts: the pattern is taken apart once. */
export function fuzzyMatcher(pattern: string): (text: string) => boolean {
  if (pattern === '') return () => false;
  const words = wordsOf(pattern).map((word) => new SearchedWord(word));
  return (text) => {
    if (text === '') return false;
    const parts = wordsOf(text);
    return words.every((word) => matchesOnePart(parts, word));
  };
}

/** Tells whether one of a text's parts includes the word or is similar to it. */
export function matchesOnePart(parts: readonly string[], word: SearchedWord): boolean {
  return parts.some((part) => word.matches(part));
}
