/** The kinds of first characters that `first_letter` and the letter counts name besides letters. */
const DIGIT = '#';
const SYMBOL = '@';
const CJK = '漢';
/** Squared and circled CJK characters are both: counted as CJK, found under either. */
const CJK_SYMBOL = '@漢';

const cjkRanges: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x11ff],
  [0x3040, 0x30ff],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0x31f0, 0x31ff],
  [0x3200, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa960, 0xa97f],
  [0xac00, 0xd7af],
  [0xd7b0, 0xd7ff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2ebef],
  [0x30000, 0x3134f],
];

/** A letter in upper case; one whose upper case is several characters, such as ß, stands for itself. */
function upperCase(letter: string): string {
  const upper = letter.toUpperCase();
  return [...upper].length === 1 ? upper : letter;
}

/** What `first_letter` finds a name under (docs/behaviour.md, "First letter"); nothing for an empty name. */
function keysOf(name: string): readonly string[] {
  const code = name.codePointAt(0);
  if (code === undefined) return [];
  const letter = String.fromCodePoint(code);
  const keys = [`=${upperCase(letter)}`];
  const isCjk = code >= 0x1100 && cjkRanges.some(([from, to]) => code >= from && code <= to);
  const isSymbol = !/[\p{L}\p{N}]/u.test(letter);
  if (/\p{Nd}/u.test(letter)) keys.push(DIGIT);
  if (isSymbol) keys.push(SYMBOL);
  if (isCjk) keys.push(CJK);
  if (isCjk && isSymbol) keys.push(CJK_SYMBOL);
  return keys;
}

const known = new Map<number, readonly string[]>();

/** The same, remembered for the characters that names begin with. */
export function firstLetterKeysOf(name: string): readonly string[] {
  const code = name.codePointAt(0) ?? -1;
  let keys = known.get(code);
  if (keys === undefined) known.set(code, (keys = keysOf(name)));
  return keys;
}

/** What a wanted first letter is looked up under: a kind, or one letter in any case. */
export function wantedLetterKey(wanted: string): string {
  if (wanted === DIGIT || wanted === SYMBOL || wanted === CJK) return wanted;
  return `=${[...wanted].length === 1 ? upperCase(wanted) : wanted}`;
}

/** Names by first letter, always the same 29 keys; a letter outside A to Z is in none of them. */
export function countLetters(sizeOf: (key: string) => number): Record<string, number> {
  const counts: Record<string, number> = { [DIGIT]: sizeOf(DIGIT) };
  for (let code = 65; code <= 90; code++) {
    const letter = String.fromCharCode(code);
    counts[letter] = sizeOf(`=${letter}`);
  }
  counts[SYMBOL] = sizeOf(SYMBOL) - sizeOf(CJK_SYMBOL);
  counts[CJK] = sizeOf(CJK);
  return counts;
}
