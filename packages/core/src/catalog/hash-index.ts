import type { CatalogRecord } from './catalog-record.js';
import { IdTable } from './id-table.js';
import { hash32 } from './shuffled-order.js';

/** A small integer for a digest: as a key it costs no text of its own. Different digests may share it. */
function shortOf(digest: string): number {
  let short = 0;
  for (let at = 0; at < AUTO_V2_LENGTH; at++)
    short = (Math.imul(short, 31) + (digest.charCodeAt(at) || 0)) & 0x3fffffff;
  return short;
}

/** The same for stems that differ in case only: some file systems take them for one. */
const keyOfStem = (stem: string): number => hash32(stem.toLowerCase()) | 0;

const AUTO_V2_LENGTH = 10;

/**
 * Models by digest and by stem (docs/behaviour.md, "Hash index"). The first ten digits lead to a few candidates for any
 * kind of digest.
 *
 * Invariant: every model is found under each of its hashes and its stem, however many share them, until it is removed.
 */
export class HashIndex {
  readonly #at: (id: number) => CatalogRecord;
  readonly #byAutoV2 = new IdTable();
  readonly #byAutoV3 = new IdTable();
  readonly #byStem = new IdTable();

  constructor(at: (id: number) => CatalogRecord) {
    this.#at = at;
  }

  add({ id, entry: { sha256, autov3, file_name: stem } }: CatalogRecord): void {
    if (sha256 !== '') this.#byAutoV2.add(shortOf(sha256), id);
    if (autov3 !== null && autov3 !== '') this.#byAutoV3.add(shortOf(autov3), id);
    this.#byStem.add(keyOfStem(stem), id);
  }

  remove({ id, entry: { sha256, autov3 } }: CatalogRecord): void {
    if (sha256 !== '') this.#byAutoV2.remove(id);
    if (autov3 !== null && autov3 !== '') this.#byAutoV3.remove(id);
    this.#byStem.remove(id);
  }

  /** Exchanges a record for a newer one with the same id; keys that both have stay where they are. */
  replace({ entry: before }: CatalogRecord, after: CatalogRecord): void {
    const { id, entry } = after;
    if (before.sha256 !== entry.sha256) {
      if (before.sha256 !== '') this.#byAutoV2.remove(id);
      if (entry.sha256 !== '') this.#byAutoV2.add(shortOf(entry.sha256), id);
    }
    if (before.autov3 !== entry.autov3) {
      if (before.autov3 !== null && before.autov3 !== '') this.#byAutoV3.remove(id);
      if (entry.autov3 !== null && entry.autov3 !== '') this.#byAutoV3.add(shortOf(entry.autov3), id);
    }
    if (before.file_name !== entry.file_name) {
      this.#byStem.remove(id);
      this.#byStem.add(keyOfStem(entry.file_name), id);
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
    return this.#recordsOf(this.#byStem.get(keyOfStem(stem))).filter(({ entry }) => entry.file_name === stem);
  }

  /** The same whatever the case. */
  findByStemInAnyCase(stem: string): readonly CatalogRecord[] {
    const wanted = stem.toLowerCase();
    return this.#recordsOf(this.#byStem.get(keyOfStem(stem))).filter(({ fileNameText }) => fileNameText === wanted);
  }

  /** Models that state or have the same SHA-256 as another one, by it. */
  *sharingHash(): Iterable<readonly [hash: string, records: readonly CatalogRecord[]]> {
    for (const key of this.#byAutoV2.shared) {
      yield* shared(this.#recordsOf(this.#byAutoV2.get(key)), ({ entry }) => entry.sha256);
    }
  }

  /** Stems that more than one model has. */
  *sharingStem(): Iterable<readonly [stem: string, records: readonly CatalogRecord[]]> {
    for (const key of this.#byStem.shared) {
      yield* shared(this.#recordsOf(this.#byStem.get(key)), ({ entry }) => entry.file_name);
    }
  }

  /** In the order in which they entered. */
  #recordsOf(ids: readonly number[]): readonly CatalogRecord[] {
    return ids.map(this.#at).sort((a, b) => a.sequence - b.sequence);
  }
}

/** The values that several records have; one step a record, because sidecars may state whatever collides. */
function* shared(
  records: readonly CatalogRecord[],
  valueOf: (record: CatalogRecord) => string,
): Iterable<readonly [value: string, records: readonly CatalogRecord[]]> {
  const groups = new Map<string, CatalogRecord[]>();
  for (const record of records) {
    const group = groups.get(valueOf(record));
    if (group === undefined) groups.set(valueOf(record), [record]);
    else group.push(record);
  }
  for (const [value, group] of groups) if (group.length > 1) yield [value, group];
}
