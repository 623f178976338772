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

/** The natural order of two texts without NUL, without building their keys: for ties, which are rare. */
export function compareNaturally(a: string, b: string): number {
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

/**
 * The beginning of a text as two numbers: the smaller pair means the smaller text, equal ones tell nothing. Common
 * characters count exactly; whatever follows another one is left out.
 */
export function leadingRanks(text: string): readonly [first: number, second: number] {
  let first = 0;
  let second = 0;
  let isExact = true;
  const length = Math.min(text.length, 2 * CHARACTERS);
  for (let at = 0; at < length && isExact; at++) {
    const code = text.charCodeAt(at);
    const common = code < 128 ? (numberOfCommon[code] ?? 0) : 0;
    isExact = common !== 0;
    const number = isExact ? common : code < 128 ? (numberOfOther[code] ?? 0) : BEYOND_ASCII;
    if (at < CHARACTERS) first += number * (weights[at] ?? 0);
    else second += number * (weights[at - CHARACTERS] ?? 0);
  }
  return [first, second];
}
