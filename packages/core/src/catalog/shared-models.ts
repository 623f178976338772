import type { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import type { HashIndex } from './hash-index.js';

/** Files with the same content. */
export interface DuplicateGroup {
  /** SHA-256. */
  readonly hash: string;
  /** The likely original first. */
  readonly records: readonly CatalogRecord[];
}

/** Files with the same name, wherever they lie. */
export interface NameConflict {
  /** Without extension. */
  readonly fileName: string;
  readonly records: readonly CatalogRecord[];
}

/**
 * How much a file name looks like that of a copy: what was appended to it, by hand or by a program that found the name
 * taken. Names carry no extension, so `-1234` stands at their end.
 */
function copyScore(fileName: string, shortest: number): number {
  const appended = fileName.length - shortest;
  const numbered = /-\d{4}$/.test(fileName) ? 100 : 0;
  const counted = /\(\d+\)/.test(fileName) ? 50 : 0;
  return appended + numbered + counted + (/copy/i.test(fileName) ? 50 : 0);
}

function likelyOriginalFirst(records: readonly CatalogRecord[]): readonly CatalogRecord[] {
  const shortest = Math.min(...records.map(({ entry }) => entry.file_name.length));
  const scored = records.map((record) => ({ record, score: copyScore(record.entry.file_name, shortest) }));
  scored.sort(
    (a, b) =>
      a.score - b.score ||
      (a.record.fileNameText < b.record.fileNameText ? -1 : a.record.fileNameText > b.record.fileNameText ? 1 : 0) ||
      a.record.sequence - b.record.sequence,
  );
  return scored.map(({ record }) => record);
}

/**
 * Groups of models of the same content, judged by digests that were computed here: what a sidecar states may be copied
 * (docs/behaviour.md, "Duplicates").
 *
 * Invariant: no group has fewer than two models.
 *
 * @param wanted Ids that pass the filter; everything when there is none.
 */
export function duplicateGroups(hashes: HashIndex, wanted: BitSet | undefined): readonly DuplicateGroup[] {
  const groups: DuplicateGroup[] = [];
  for (const [hash, sharing] of hashes.sharingHash()) {
    const records = sharing.filter(({ id, digest }) => digest === 'computed' && wanted?.has(id) !== false);
    if (records.length > 1) groups.push({ hash, records: likelyOriginalFirst(records) });
  }
  return groups;
}

/** Models that would be taken for one another by name (docs/behaviour.md, "Name conflicts"). */
export function nameConflictsOf(hashes: HashIndex): readonly NameConflict[] {
  return Array.from(hashes.sharingStem(), ([fileName, records]) => ({ fileName, records }));
}

/** A model that states the digest of another one, and whether one of those has its size, so that both may be the same. */
export interface SuspectedDuplicate {
  readonly record: CatalogRecord;
  readonly sameSize: boolean;
}

/** Models whose stated digest equals another model's: whether they are duplicates is seen when it is computed. */
export function* suspectedDuplicates(hashes: HashIndex): Iterable<SuspectedDuplicate> {
  for (const [, records] of hashes.sharingHash()) {
    for (const record of records) {
      if (record.digest === 'computed') continue;
      yield { record, sameSize: records.some((other) => other !== record && other.file.size === record.file.size) };
    }
  }
}
