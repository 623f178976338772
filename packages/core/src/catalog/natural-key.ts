const BEYOND_KEY = /[\ud800-\uffff]/;
const HIGH_UNITS = /[\ud800-\uffff]/g;

/** Maps UTF-16 code units so that `<` compares by code point: surrogates sort above the rest of the first plane. */
function byCodePoint(text: string): string {
  return BEYOND_KEY.test(text)
    ? text.replace(HIGH_UNITS, (unit) => String.fromCharCode(rankOf(unit.charCodeAt(0))))
    : text;
}

function rankOf(code: number): number {
  if (code < 0xd800) return code;
  return code >= 0xe000 ? code - 0x800 : code + 0x2000;
}

/**
 * A key whose plain comparison is the natural order of a text: digit runs compare as numbers, other runs by code point,
 * and a digit run comes before any letter (`1gamma` < `_dup` < `alpha 2` < `alpha 10`).
 *
 * Source: docs/behaviour.md, "Sorting".
 */
export function naturalKey(text: string): string {
  if (!/[\0\d]/.test(text)) return byCodePoint(text);
  const plain = byCodePoint(text.includes('\0') ? text.replaceAll('\0', '') : text);
  return plain.replace(/\d+/g, (digits) => {
    const number = digits.startsWith('0') ? digits.replace(/^0+(?=\d)/, '') : digits;
    return `\0${String.fromCharCode(number.length)}${number}`;
  });
}

/** A key whose plain comparison is the order by code point. */
export const plainKey = byCodePoint;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function endOfDigits(text: string, from: number): number {
  let end = from;
  while (isDigit(text.charCodeAt(end))) end++;
  return end;
}

function withoutZeros(text: string, from: number, end: number): number {
  let start = from;
  while (start < end - 1 && text.charCodeAt(start) === 48) start++;
  return start;
}

const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '') : text);

/** The natural order of two texts, without building their keys: for ties, which are rare. */
export function compareNaturally(first: string, second: string): number {
  const [a, b] = [withoutNul(first), withoutNul(second)];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (isDigit(x) && isDigit(y)) {
      const [endA, endB] = [endOfDigits(a, i), endOfDigits(b, j)];
      const left = a.slice(withoutZeros(a, i, endA), endA);
      const right = b.slice(withoutZeros(b, j, endB), endB);
      if (left.length !== right.length) return left.length - right.length;
      if (left !== right) return left < right ? -1 : 1;
      i = endA;
      j = endB;
      continue;
    }
    if (x !== y) return isDigit(x) ? -1 : isDigit(y) ? 1 : rankOf(x) - rankOf(y);
    i++;
    j++;
  }
  return a.length - i - (b.length - j);
}

/** The order by code point, without building keys. */
export function compareByCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [x, y] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (x !== y) return rankOf(x) - rankOf(y);
  }
  return a.length - b.length;
}

/** Characters that names are mostly made of, and the marks of digit runs in natural keys; ascending. */
const COMMON = '\0\x01\x02\x03\x04\x05\x06\x07\x08\x09 -.0123456789_abcdefghijklmnopqrstuvwxyz';

/** One number for each common character and one for each gap between them, rising with the characters. */
const numberOfCommon = new Uint8Array(128);
const numberOfOther = new Uint8Array(128);
let lastNumber = 0;
for (let code = 0; code < 128; code++) {
  if (COMMON.includes(String.fromCharCode(code))) numberOfCommon[code] = ++lastNumber;
  else if (numberOfOther[code - 1] !== undefined && numberOfOther[code - 1] !== 0) numberOfOther[code] = lastNumber;
  else numberOfOther[code] = ++lastNumber;
}
const BEYOND_ASCII = numberOfOther[127] ?? 0;
const RADIX = lastNumber + 1;
const CHARACTERS = 9;
const weights = Array.from({ length: CHARACTERS }, (_, at) => RADIX ** (CHARACTERS - 1 - at));

const leading = new Uint16Array(2 * CHARACTERS);

/** The first units of a text; how many. */
function takePlain(text: string): number {
  const length = Math.min(text.length, leading.length);
  for (let at = 0; at < length; at++) leading[at] = text.charCodeAt(at);
  return length;
}

/** The first units of the natural key of a text, without building it. */
function takeNatural(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length && length < leading.length;) {
    const code = text.charCodeAt(at);
    if (!isDigit(code)) {
      if (code !== 0) leading[length++] = code;
      at++;
      continue;
    }
    const end = endOfDigits(text, at);
    const start = withoutZeros(text, at, end);
    leading[length++] = 0;
    // What is beyond the end of an array is not kept.
    leading[length++] = end - start;
    for (let digit = start; digit < end && length < leading.length; digit++) leading[length++] = text.charCodeAt(digit);
    at = end;
  }
  return Math.min(length, leading.length);
}

function ranksOfTaken(length: number): readonly [first: number, second: number] {
  let first = 0;
  let second = 0;
  let isExact = true;
  for (let at = 0; at < length && isExact; at++) {
    const code = leading[at] ?? 0;
    const common = code < 128 ? (numberOfCommon[code] ?? 0) : 0;
    isExact = common !== 0;
    const number = isExact ? common : code < 128 ? (numberOfOther[code] ?? 0) : BEYOND_ASCII;
    if (at < CHARACTERS) first += number * (weights[at] ?? 0);
    else second += number * (weights[at - CHARACTERS] ?? 0);
  }
  return [first, second];
}

/**
 * The beginning of a text as two numbers: the smaller pair means the smaller text by code point, equal ones tell nothing.
 * Common characters count exactly; whatever follows another one is left out.
 */
export function leadingRanks(text: string): readonly [first: number, second: number] {
  return ranksOfTaken(takePlain(text));
}

/** The same for the natural order. */
export function naturalRanks(text: string): readonly [first: number, second: number] {
  return ranksOfTaken(takeNatural(text));
}
