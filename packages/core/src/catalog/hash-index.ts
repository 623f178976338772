import type { CatalogRecord } from './catalog-record.js';

/** The ids that have a key. Nearly always it is one: a set for every key would be most of the catalog's memory. */
class IdsByKey<Key> {
  readonly #ids = new Map<Key, number | Set<number>>();
  /** Keys that more than one id has. */
  readonly shared = new Set<Key>();

  add(key: Key, id: number): void {
    const known = this.#ids.get(key);
    if (typeof known === 'object') known.add(id);
    else if (known === undefined || known === id) this.#ids.set(key, id);
    else {
      this.#ids.set(key, new Set([known, id]));
      this.shared.add(key);
    }
  }

  remove(key: Key, id: number): void {
    const known = this.#ids.get(key);
    if (typeof known !== 'object') {
      if (known === id) this.#ids.delete(key);
      return;
    }
    known.delete(id);
    if (known.size > 1) return;
    for (const last of known) this.#ids.set(key, last);
    this.shared.delete(key);
  }

  get(key: Key): Iterable<number> {
    const known = this.#ids.get(key) ?? [];
    return typeof known === 'number' ? [known] : known;
  }
}

/** A small integer for a digest: as a key it costs no text of its own. Different digests may share it. */
function shortOf(digest: string): number {
  let short = 0;
  for (let at = 0; at < AUTO_V2_LENGTH; at++)
    short = (Math.imul(short, 31) + (digest.charCodeAt(at) || 0)) & 0x3fffffff;
  return short;
}

const AUTO_V2_LENGTH = 10;

/**
 * Models by digest and by stem (docs/behaviour.md, "Hash index"). The first ten digits lead to a few candidates for any
 * kind of digest.
 *
 * Invariant: every model is found under each of its hashes and its stem, however many share them, until it is removed.
 */
export class HashIndex {
  readonly #at: (id: number) => CatalogRecord;
  readonly #byAutoV2 = new IdsByKey<number>();
  readonly #byAutoV3 = new IdsByKey<number>();
  readonly #byStem = new IdsByKey<string>();

  constructor(at: (id: number) => CatalogRecord) {
    this.#at = at;
  }

  add({ id, entry: { sha256, autov3, file_name: stem } }: CatalogRecord): void {
    if (sha256 !== '') this.#byAutoV2.add(shortOf(sha256), id);
    if (autov3 !== null && autov3 !== '') this.#byAutoV3.add(shortOf(autov3), id);
    this.#byStem.add(stem, id);
  }

  remove({ id, entry: { sha256, autov3, file_name: stem } }: CatalogRecord): void {
    if (sha256 !== '') this.#byAutoV2.remove(shortOf(sha256), id);
    if (autov3 !== null && autov3 !== '') this.#byAutoV3.remove(shortOf(autov3), id);
    this.#byStem.remove(stem, id);
  }

  /** Exchanges a record for a newer one with the same id; keys that both have stay where they are. */
  replace({ entry: before }: CatalogRecord, after: CatalogRecord): void {
    const { id, entry } = after;
    if (before.sha256 !== entry.sha256) {
      if (before.sha256 !== '') this.#byAutoV2.remove(shortOf(before.sha256), id);
      if (entry.sha256 !== '') this.#byAutoV2.add(shortOf(entry.sha256), id);
    }
    if (before.autov3 !== entry.autov3) {
      if (before.autov3 !== null && before.autov3 !== '') this.#byAutoV3.remove(shortOf(before.autov3), id);
      if (entry.autov3 !== null && entry.autov3 !== '') this.#byAutoV3.add(shortOf(entry.autov3), id);
    }
    if (before.file_name !== entry.file_name) {
      this.#byStem.remove(before.file_name, id);
      this.#byStem.add(entry.file_name, id);
    }
  }

  /** By SHA-256 (64), AutoV2 (10) or AutoV3 (12 characters), any case. */
  findByHash(hash: string): readonly CatalogRecord[] {
    const wanted = hash.trim().toLowerCase();
    if (wanted.length !== AUTO_V2_LENGTH) return this.findByFullHash(wanted);
    return this.#recordsOf(this.#byAutoV2.get(shortOf(wanted))).filter(({ entry }) => entry.sha256.startsWith(wanted));
  }

  /** By SHA-256 or AutoV3 only. */
  findByFullHash(hash: string): readonly CatalogRecord[] {
    if (hash === '') return [];
    const short = shortOf(hash);
    const found = new Set(this.#recordsOf(this.#byAutoV2.get(short)).filter(({ entry }) => entry.sha256 === hash));
    for (const record of this.#recordsOf(this.#byAutoV3.get(short)))
      if (record.entry.autov3 === hash) found.add(record);
    return [...found];
  }

  /** By file name without directory and extension, case-sensitive. */
  findByStem(stem: string): readonly CatalogRecord[] {
    return this.#recordsOf(this.#byStem.get(stem));
  }

  /** Models that state or have the same SHA-256 as another one, by it. */
  *sharingHash(): Iterable<readonly [hash: string, records: readonly CatalogRecord[]]> {
    for (const key of this.#byAutoV2.shared) {
      const sameStart = this.#recordsOf(this.#byAutoV2.get(key));
      for (const hash of new Set(sameStart.map(({ entry }) => entry.sha256))) {
        const records = sameStart.filter(({ entry }) => entry.sha256 === hash);
        if (records.length > 1) yield [hash, records];
      }
    }
  }

  /** Stems that more than one model has. */
  *sharingStem(): Iterable<readonly [stem: string, records: readonly CatalogRecord[]]> {
    for (const stem of this.#byStem.shared) yield [stem, this.findByStem(stem)];
  }

  #recordsOf(ids: Iterable<number>): readonly CatalogRecord[] {
    return Array.from(ids, this.#at);
  }
}
