import { BitSet } from '../bit-set.js';
import { GramRows } from './gram-rows.js';

/** Results kept: one for each target of a search, and those of the letters typed before. */
const KEPT_NEEDLES = 8;

/**
 * Substring search over one short lower-case text per id: rows of bits choose the texts that are looked into
 * (docs/behaviour.md, "Search").
 *
 * Invariant: a search finds exactly the texts that include the needle, whatever was set and deleted before.
 */
export class TextIndex {
  readonly #texts: (string | undefined)[] = [];
  readonly #rows = new GramRows();
  /** What the last needles found, kept true by every change: pages after the first cost no search. */
  readonly #kept = new Map<string, BitSet>();

  /** Gives an id its text, in place of the one it had. */
  set(id: number, text: string): void {
    if (this.#texts[id] === text) return;
    this.delete(id);
    this.#texts[id] = text;
    this.#rows.add(id, text);
    for (const [needle, found] of this.#kept) if (text.includes(needle)) found.add(id);
  }

  /** Forgets an id, which may be used again. */
  delete(id: number): void {
    const text = this.#texts[id];
    if (text === undefined) return;
    this.#texts[id] = undefined;
    this.#rows.delete(id, text);
    for (const found of this.#kept.values()) found.delete(id);
  }

  /** Adds the ids of the texts that include the needle; every text includes the empty one. */
  findContaining(needle: string, into: BitSet): void {
    if (needle === '') {
      for (let id = 0; id < this.#texts.length; id++) if (this.#texts[id] !== undefined) into.add(id);
      return;
    }
    into.or(this.#kept.get(needle) ?? this.#search(needle));
  }

  #search(needle: string): BitSet {
    const candidates = this.#rows.candidates(needle);
    if (candidates === undefined) return new BitSet();
    if (candidates.exact) return candidates.ids;
    const found = new BitSet();
    candidates.ids.forEach((id) => {
      if (this.#texts[id]?.includes(needle) === true) found.add(id);
    });
    this.#keep(needle, found);
    return found;
  }

  #keep(needle: string, found: BitSet): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= KEPT_NEEDLES) this.#kept.delete(oldest);
    this.#kept.set(needle, found);
  }
}
