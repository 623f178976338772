import { codePointsOf, similarityOfCodes } from './similarity.js';
import { signatureOf, type PartSignature } from './part-signature.js';

/** From this similarity on a part stands for a word. */
const LEAST_SIMILARITY = 0.85;

/** Longer words are found as substrings only: the recursion may take the third power of the length. */
const LONGEST_SIMILAR = 256;

/** One word of a fuzzy search, prepared for being compared with many parts. */
export class SearchedWord {
  readonly #codes: readonly number[];
  readonly signature: PartSignature;
  /** Parts that are shorter or longer cannot be similar. */
  readonly similarLengths: readonly [number, number];
  /** How often the word has each of 64 classes of characters, and room to count down. */
  readonly #counts = new Uint32Array(64);
  readonly #left = new Uint32Array(64);

  constructor(readonly text: string) {
    this.#codes = codePointsOf(text);
    this.signature = signatureOf(text);
    const { length } = this.signature;
    const spread = 2 / LEAST_SIMILARITY - 1;
    this.similarLengths = [Math.max(1, Math.floor(length / spread)), Math.ceil(length * spread)];
    for (const code of this.#codes) this.#counts[code & 63] = (this.#counts[code & 63] ?? 0) + 1;
  }

  /** Tells whether a part includes the word or is similar to it. */
  matches(part: string): boolean {
    return part.includes(this.text) || this.#isSimilar(part);
  }

  /** Tells whether a part of a length may be similar when at most so many characters of the word and of the part match. */
  canShare(ofWord: number, ofPart: number, partLength: number): boolean {
    return canBeSimilar(ofWord < ofPart ? ofWord : ofPart, this.signature.length + partLength);
  }

  #isSimilar(part: string): boolean {
    if (this.#codes.length > LONGEST_SIMILAR) return false;
    // Refused before the part is taken apart; a code point takes one or two units.
    if (part.length > 4 * this.text.length || this.text.length > 4 * part.length) return false;
    const codes = codePointsOf(part);
    const length = codes.length + this.#codes.length;
    return (
      canBeSimilar(Math.min(codes.length, this.#codes.length), length) &&
      canBeSimilar(this.#inCommon(codes), length) &&
      similarityOfCodes(codes, this.#codes) >= LEAST_SIMILARITY
    );
  }

  /** How many characters both have, wherever they stand, some taken for each other: no less than what blocks can hold. */
  #inCommon(codes: readonly number[]): number {
    const left = this.#left;
    left.set(this.#counts);
    let common = 0;
    for (const code of codes) {
      const times = left[code & 63] ?? 0;
      if (times === 0) continue;
      left[code & 63] = times - 1;
      common++;
    }
    return common;
  }
}

function canBeSimilar(matched: number, length: number): boolean {
  return (2 * matched) / length >= LEAST_SIMILARITY;
}
