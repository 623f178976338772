import { BitSet } from '../bit-set.js';

// Measured: 768 rows are 9.4 MB for 100,000 texts; half of them double the time of a rare needle, more gain little.
const SINGLES = 192;
const OWN_PAIRS = 256;
const SHARED_PAIRS = 64;
const TRIPLES = 256;

const FIRST_PAIR = SINGLES;
const FIRST_SHARED = FIRST_PAIR + OWN_PAIRS;
const FIRST_TRIPLE = FIRST_SHARED + SHARED_PAIRS;
const ROWS = FIRST_TRIPLE + TRIPLES;
const NO_ROW = -1;

/** More grams hardly sharpen the choice, and a needle may be as long as a query string. */
const MOST_CHARACTERS = 12;

/** What a needle's grams say about the texts. */
export interface GramCandidates {
  /** Every text that may include the needle; not to be changed. */
  readonly ids: BitSet;
  /** Whether each of them is known to include it. */
  readonly exact: boolean;
}

/**
 * For every gram of one, two or three characters the ids of the texts that have it. Rows are few: an ASCII character has one of
 * its own, so have the pairs seen first, which are the frequent ones; all other grams share theirs with some others.
 */
export class GramRows {
  readonly #rows: (BitSet | undefined)[] = new Array<BitSet | undefined>(ROWS).fill(undefined);
  /** The row of a pair, 0 for one that was never added. */
  readonly #pairs = new Uint16Array(SINGLES << 8);
  #owned = 0;

  add(id: number, text: string): void {
    let a = 0;
    let b = 0;
    for (let at = 0; at < text.length; at++) {
      const c = classOf(text.charCodeAt(at));
      this.#row(c).add(id);
      if (at > 0) this.#row(this.#pair(b, c)).add(id);
      if (at > 1) this.#row(tripleRow(a, b, c)).add(id);
      a = b;
      b = c;
    }
  }

  /** @param text The text that the id was added with. */
  delete(id: number, text: string): void {
    let a = 0;
    let b = 0;
    for (let at = 0; at < text.length; at++) {
      const c = classOf(text.charCodeAt(at));
      this.#row(c).delete(id);
      if (at > 0) this.#row(this.#pair(b, c)).delete(id);
      if (at > 1) this.#row(tripleRow(a, b, c)).delete(id);
      a = b;
      b = c;
    }
  }

  /** The texts that have all grams of the needle; undefined when there is none for one of them. */
  candidates(needle: string): GramCandidates | undefined {
    const classes = Array.from({ length: Math.min(needle.length, MOST_CHARACTERS) }, (_, at) =>
      classOf(needle.charCodeAt(at)),
    );
    const rows = this.#rowsOf(classes);
    const sets = rows.flatMap((row) => this.#rows[row] ?? []);
    const [first, ...others] = sets;
    if (first === undefined || sets.length < rows.length) return undefined;
    // One row alone is a pair's own or a character's, which is its own when it is ASCII.
    const [row = 0] = rows;
    if (rows.length === 1 && (needle.length === 2 || isAscii(row))) return { ids: first, exact: true };
    return { ids: others.reduce((ids, other) => ids.and(other), first.clone()), exact: false };
  }

  #rowsOf(classes: readonly number[]): number[] {
    const [a = 0, b = 0] = classes;
    if (classes.length === 1) return [a];
    const pair = this.#knownPair(a, b);
    // A pair's own row says all; where it shares one, those of its characters help.
    if (classes.length === 2) return pair < FIRST_SHARED ? [pair] : [pair, a, b];
    return classes.slice(1).flatMap((c, at) => {
      const rows = [this.#knownPair(classes[at] ?? 0, c)];
      return at === 0 ? rows : [...rows, tripleRow(classes[at - 1] ?? 0, classes[at] ?? 0, c)];
    });
  }

  /** Searching takes no row: one that is unknown holds nothing. */
  #knownPair(a: number, b: number): number {
    const row = this.#pairs[(a << 8) | b] ?? 0;
    return row === 0 ? NO_ROW : row;
  }

  #pair(a: number, b: number): number {
    const key = (a << 8) | b;
    const known = this.#pairs[key] ?? 0;
    if (known !== 0) return known;
    const own = isAscii(a) && isAscii(b) && this.#owned < OWN_PAIRS;
    const row = own ? FIRST_PAIR + this.#owned++ : FIRST_SHARED + ((a * 31 + b) % SHARED_PAIRS);
    this.#pairs[key] = row;
    return row;
  }

  #row(row: number): BitSet {
    return (this.#rows[row] ??= new BitSet());
  }
}

/** ASCII characters keep apart, all others fall into 64 classes. */
function classOf(code: number): number {
  return code < 128 ? code : 128 + (code & 63);
}

function isAscii(characterClass: number): boolean {
  return characterClass < 128;
}

function tripleRow(a: number, b: number, c: number): number {
  return FIRST_TRIPLE + ((Math.imul((a << 16) | (b << 8) | c, 0x9e3779b1) >>> 8) % TRIPLES);
}
