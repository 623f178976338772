import type { BitSet } from '../bit-set.js';
import { addPosting, withId, withoutId, type Posting } from './posting.js';
import { bitCount, signatureOf } from './part-signature.js';
import type { SearchedWord } from './searched-word.js';

/** The distinct parts of all texts with the ids of the texts that have them; signatures lie in columns, as all are read. */
export class PartDictionary {
  readonly #places = new Map<string, number>();
  readonly #parts: string[] = [];
  readonly #ids: (Posting | undefined)[] = [];
  readonly #free: number[] = [];
  #lengths = new Uint16Array(64);
  #letters = new Int32Array(64);
  #pairs = new Int32Array(64);

  /** Each part of a text is added once. */
  add(part: string, id: number): void {
    const place = this.#places.get(part) ?? this.#place(part);
    this.#ids[place] = withId(this.#ids[place], id);
  }

  delete(part: string, id: number): void {
    const place = this.#places.get(part);
    if (place === undefined) return;
    const ids = withoutId(this.#ids[place], id);
    this.#ids[place] = ids;
    if (ids !== undefined) return;
    this.#places.delete(part);
    this.#parts[place] = '';
    // A part of no length matches no word.
    this.#lengths[place] = this.#letters[place] = this.#pairs[place] = 0;
    this.#free.push(place);
  }

  /** Adds the ids of the texts that have a part which matches the word. */
  find(word: SearchedWord, into: BitSet): void {
    const { length, letters, pairs } = word.signature;
    const [shortest, longest] = word.similarLengths;
    const [allLengths, allLetters, allPairs] = [this.#lengths, this.#letters, this.#pairs];
    const parts = this.#parts;
    const mostMissing = length - shortest;
    for (let place = 0; place < parts.length; place++) {
      const partLetters = allLetters[place] ?? 0;
      const missing = bitCount(letters & ~partLetters);
      if (missing > mostMissing) continue;
      const partLength = allLengths[place] ?? 0;
      // A part that holds the word has all of its letters and pairs; one that is similar has about its length.
      const mayHold = missing === 0 && partLength >= length && (pairs & ~(allPairs[place] ?? 0)) === 0;
      const mayResemble =
        partLength >= shortest &&
        partLength <= longest &&
        word.canShare(length - missing, partLength - bitCount(partLetters & ~letters), partLength);
      if ((mayHold || mayResemble) && word.matches(parts[place] ?? '')) addPosting(this.#ids[place], into);
    }
  }

  #place(part: string): number {
    const place = this.#free.pop() ?? this.#parts.length;
    if (place >= this.#lengths.length) this.#grow();
    const { length, letters, pairs } = signatureOf(part);
    this.#lengths[place] = length;
    this.#letters[place] = letters;
    this.#pairs[place] = pairs;
    this.#parts[place] = part;
    this.#places.set(part, place);
    return place;
  }

  #grow(): void {
    const size = this.#lengths.length * 2;
    const [lengths, letters, pairs] = [new Uint16Array(size), new Int32Array(size), new Int32Array(size)];
    lengths.set(this.#lengths);
    letters.set(this.#letters);
    pairs.set(this.#pairs);
    this.#lengths = lengths;
    this.#letters = letters;
    this.#pairs = pairs;
  }
}
