import { BitSet } from '../bit-set.js';
import { matchesOnePart } from './matches-fuzzily.js';
import { PartDictionary } from './part-dictionary.js';
import { SearchedWord } from './searched-word.js';
import { wordsOf } from './words-of.js';

/** So few texts are looked at one by one for the words that follow, instead of at all distinct parts. */
const FEW = 64;

/**
 * Fuzzy search over one lower-case text per id (docs/behaviour.md, "Search"). A word holds no blank, so whether it matches is
 * decided by single parts, and for each distinct part once.
 *
 * Invariant: a fuzzy search finds exactly the texts that match on their own, whatever was set and deleted before.
 */
export class WordIndex {
  readonly #texts: (string | undefined)[] = [];
  readonly #parts = new PartDictionary();

  /** Gives an id its text, in place of the one it had. */
  set(id: number, text: string): void {
    if (this.#texts[id] === text) return;
    this.delete(id);
    this.#texts[id] = text;
    for (const part of new Set(wordsOf(text))) this.#parts.add(part, id);
  }

  /** Forgets an id, which may be used again. */
  delete(id: number): void {
    const text = this.#texts[id];
    if (text === undefined) return;
    this.#texts[id] = undefined;
    for (const part of new Set(wordsOf(text))) this.#parts.delete(part, id);
  }

  /** Adds the ids of the texts that match the pattern in fuzzy mode. */
  findFuzzy(pattern: string, into: BitSet): void {
    if (pattern === '') return;
    // The longest word leaves the fewest texts.
    const [longest, ...others] = [...new Set(wordsOf(pattern))].sort((a, b) => b.length - a.length);
    if (longest === undefined) {
      for (let id = 0; id < this.#texts.length; id++) if ((this.#texts[id] ?? '') !== '') into.add(id);
      return;
    }
    let found = this.#find(new SearchedWord(longest));
    for (const text of others) {
      if (found.isEmpty) return;
      const word = new SearchedWord(text);
      found = found.size > FEW ? found.and(this.#find(word)) : this.#filter(found, word);
    }
    into.or(found);
  }

  #find(word: SearchedWord): BitSet {
    const found = new BitSet();
    this.#parts.find(word, found);
    return found;
  }

  #filter(ids: BitSet, word: SearchedWord): BitSet {
    const found = new BitSet();
    ids.forEach((id) => {
      if (matchesOnePart(wordsOf(this.#texts[id] ?? ''), word)) found.add(id);
    });
    return found;
  }
}
