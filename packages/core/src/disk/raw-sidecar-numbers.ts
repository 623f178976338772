import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../shapes/json.js';

const NUMBER = /-?\d[\d.eE+-]*/y;

/** One step of a path; `~` and `/` are escaped, so that no two paths are one text. */
const below = (path: string, key: string | number): string =>
  `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * The text of an object with two spaces per level, in which every number that is still what a former text says stays
 * as it is written there: `1.0`, and seeds and ids that JavaScript would round.
 */
export function textKeepingNumbers(value: JsonObject, before: string): string {
  const literals = oddNumbersOf(before);
  if (literals.size === 0) return JSON.stringify(value, null, 2);
  const mark = randomUUID();
  const kept: string[] = [];
  const paths = new WeakMap<object, string>();
  const text = JSON.stringify(
    value,
    function (this: object, key: string, member: unknown) {
      const parent = paths.get(this);
      const path = parent === undefined ? '' : below(parent, key);
      if (typeof member === 'object' && member !== null) paths.set(member, path);
      const literal = typeof member === 'number' ? literals.get(path) : undefined;
      if (literal === undefined || !Object.is(Number(literal), member)) return member;
      return `${mark}:${String(kept.push(literal) - 1)}`;
    },
    2,
  );
  return text.replaceAll(new RegExp(`"${mark}:(\\d+)"`, 'g'), (_, index: string) => kept[Number(index)] ?? 'null');
}

interface Level {
  readonly path: string;
  readonly isList: boolean;
  key: string | number;
}

/** The numbers of a valid JSON text that JavaScript would write in another way, by their path. */
function oddNumbersOf(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const levels: Level[] = [];
  let lastText = '';
  for (let at = 0; at < text.length; at++) {
    const level = levels.at(-1);
    switch (text[at]) {
      case '"': {
        const end = endOfText(text, at);
        lastText = text.slice(at, end);
        at = end - 1;
        break;
      }
      case ':':
        if (level !== undefined) level.key = String(JSON.parse(lastText));
        break;
      case ',':
        if (level?.isList === true) level.key = Number(level.key) + 1;
        break;
      case '{':
      case '[':
        levels.push({
          path: level === undefined ? '' : below(level.path, level.key),
          isList: text[at] === '[',
          key: 0,
        });
        break;
      case '}':
      case ']':
        levels.pop();
        break;
      default: {
        NUMBER.lastIndex = at;
        const literal = NUMBER.exec(text)?.[0];
        if (literal === undefined) break;
        at += literal.length - 1;
        if (level !== undefined && String(Number(literal)) !== literal)
          found.set(below(level.path, level.key), literal);
      }
    }
  }
  return found;
}

/** Where a text that begins at a quote ends: after its closing quote. */
function endOfText(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
