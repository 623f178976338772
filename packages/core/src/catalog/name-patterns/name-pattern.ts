import { RE2JS } from 're2js';
import { expandedSize } from './expanded-size.js';

/** More patterns of a kind than these are refused. */
export const MOST_NAME_PATTERNS = 20;

/** Longer patterns are refused. */
export const LONGEST_NAME_PATTERN = 200;

/** Larger expressions are not compiled: a few characters can ask for a hundred thousand instructions. */
const LARGEST_EXPRESSION = 1000;

/** What an optional element takes is several instructions; this is far from what anybody writes. */
const LARGEST_PROGRAM = 5000;

/** Only so much of a name is looked at by an expression. */
const LONGEST_NAME = 1000;

/** Tells whether a name matches. */
export type NamePattern = (name: string) => boolean;

/**
 * Prepares a pattern: a substring, or an unanchored regular expression, in any case. What is no expression of the linear-time
 * engine (look-arounds, back references) or too large for it is taken as a substring.
 *
 * Invariant: matching takes time linear in the length of the name, whatever the expression.
 */
export function namePattern(pattern: string, regex: boolean): NamePattern {
  const expression = regex ? compile(pattern) : undefined;
  if (expression !== undefined) return (name) => expression.test(name.slice(0, LONGEST_NAME));
  const part = pattern.toLowerCase();
  return (name) => name.toLowerCase().includes(part);
}

function compile(pattern: string): RE2JS | undefined {
  if (expandedSize(pattern) > LARGEST_EXPRESSION) return undefined;
  try {
    const expression = RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE);
    return expression.programSize() > LARGEST_PROGRAM ? undefined : expression;
  } catch {
    return undefined;
  }
}
