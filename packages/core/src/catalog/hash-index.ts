import type { CatalogRecord } from './catalog-record.js';

/** A key with the set of everything that has it; empty sets are dropped. */
class SetsByKey {
  readonly #sets = new Map<string, Set<number>>();

  add(key: string, id: number): void {
    const set = this.#sets.get(key);
    if (set === undefined) this.#sets.set(key, new Set([id]));
    else set.add(id);
  }

  remove(key: string, id: number): void {
    const set = this.#sets.get(key);
    set?.delete(id);
    if (set?.size === 0) this.#sets.delete(key);
  }

  get(key: string): Iterable<number> {
    return this.#sets.get(key) ?? [];
  }
}

/**
 * Models by digest and by stem (docs/behaviour.md, "Hash index").
 *
 * Invariant: every model is found under each of its hashes and its stem, however many share them, until it is removed.
 */
export class HashIndex {
  readonly #byHash = new SetsByKey();
  readonly #byStem = new SetsByKey();

  add(record: CatalogRecord): void {
    for (const hash of hashesOf(record)) this.#byHash.add(hash, record.id);
    this.#byStem.add(record.entry.file_name, record.id);
  }

  remove(record: CatalogRecord): void {
    for (const hash of hashesOf(record)) this.#byHash.remove(hash, record.id);
    this.#byStem.remove(record.entry.file_name, record.id);
  }

  /** Ids by SHA-256 (64), AutoV2 (10) or AutoV3 (12 characters), any case. */
  findByHash(hash: string): Iterable<number> {
    return this.#byHash.get(hash.trim().toLowerCase());
  }

  /** Ids by file name without directory and extension, case-sensitive. */
  findByStem(stem: string): Iterable<number> {
    return this.#byStem.get(stem);
  }
}

/** The three kinds differ in length, so one map holds them all. */
function hashesOf({ entry }: CatalogRecord): string[] {
  const hashes = entry.sha256 === '' ? [] : [entry.sha256, entry.sha256.slice(0, 10)];
  return entry.autov3 === null || entry.autov3 === '' ? hashes : [...hashes, entry.autov3];
}
