import type { CatalogRecord } from './catalog-record.js';

/** The ids that have a key. Nearly always it is one: a set for every key would be most of the catalog's memory. */
class IdsByKey {
  readonly #ids = new Map<string, number | Set<number>>();

  add(key: string, id: number): void {
    const known = this.#ids.get(key);
    if (typeof known === 'object') known.add(id);
    else this.#ids.set(key, known === undefined || known === id ? id : new Set([known, id]));
  }

  remove(key: string, id: number): void {
    const known = this.#ids.get(key);
    if (typeof known === 'object') known.delete(id);
    if (known === id || (typeof known === 'object' && known.size === 0)) this.#ids.delete(key);
  }

  get(key: string): Iterable<number> {
    const known = this.#ids.get(key) ?? [];
    return typeof known === 'number' ? [known] : known;
  }
}

/**
 * Models by digest and by stem (docs/behaviour.md, "Hash index").
 *
 * Invariant: every model is found under each of its hashes and its stem, however many share them, until it is removed.
 */
export class HashIndex {
  readonly #byHash = new IdsByKey();
  readonly #byStem = new IdsByKey();

  add(record: CatalogRecord): void {
    for (const hash of hashesOf(record)) this.#byHash.add(hash, record.id);
    this.#byStem.add(record.entry.file_name, record.id);
  }

  remove(record: CatalogRecord): void {
    for (const hash of hashesOf(record)) this.#byHash.remove(hash, record.id);
    this.#byStem.remove(record.entry.file_name, record.id);
  }

  /** Exchanges a record for a newer one with the same id; keys that both have stay where they are. */
  replace(before: CatalogRecord, after: CatalogRecord): void {
    const [old, fresh] = [hashesOf(before), hashesOf(after)];
    for (const hash of old) if (!fresh.includes(hash)) this.#byHash.remove(hash, before.id);
    for (const hash of fresh) if (!old.includes(hash)) this.#byHash.add(hash, after.id);
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
