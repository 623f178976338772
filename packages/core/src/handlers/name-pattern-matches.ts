import type { BitSet } from '../catalog/bit-set.js';
import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { ModelCatalog } from '../catalog/model-catalog.js';
import { matchNamePatterns } from '../catalog/name-patterns/match-name-patterns.js';

/** What names must and must not match (docs/behaviour.md, "Name patterns"). */
export interface NamePatterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly regex: boolean;
}

const ANSWERS_KEPT = 8;

/** The models whose names pass patterns, remembered until the catalog changes: pages of one list ask the same. */
export class NamePatternMatches {
  readonly #catalog: ModelCatalog;
  readonly #answers = new Map<string, BitSet>();
  #version = -1;

  constructor(catalog: ModelCatalog) {
    this.#catalog = catalog;
  }

  /** Undefined when there is no pattern: everything passes. */
  async matching({ include, exclude, regex }: NamePatterns, signal: AbortSignal): Promise<BitSet | undefined> {
    const patterns = { include: include.filter(isGiven), exclude: exclude.filter(isGiven), regex };
    if (patterns.include.length === 0 && patterns.exclude.length === 0) return undefined;
    const { version } = this.#catalog;
    if (this.#version !== version) this.#answers.clear();
    this.#version = version;
    const question = JSON.stringify(patterns);
    const known = this.#answers.get(question);
    if (known !== undefined) return known;

    const records = [...this.#catalog.records()];
    const matching = await matchNamePatterns(namesOf(records), patterns, signal);
    if (this.#catalog.version !== version) return this.#stillThere(records, matching);
    if (this.#version === version) this.#answers.set(question, matching);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= ANSWERS_KEPT) break;
      this.#answers.delete(oldest);
    }
    return matching;
  }

  /** Ids are used again: what left or was renamed meanwhile must not let another model through. */
  #stillThere(records: readonly CatalogRecord[], matching: BitSet): BitSet {
    for (const { id, entry } of records) {
      if (!matching.has(id)) continue;
      const now = this.#catalog.recordOf(entry.file_path);
      const isSame = now?.id === id && now.entry.model_name === entry.model_name;
      if (!isSame) matching.delete(id);
    }
    return matching;
  }
}

const isGiven = (pattern: string): boolean => pattern !== '';

function* namesOf(records: readonly CatalogRecord[]): Iterable<{ id: number; names: readonly string[] }> {
  for (const { id, entry } of records) yield { id, names: [entry.model_name, entry.file_name].filter(isGiven) };
}
