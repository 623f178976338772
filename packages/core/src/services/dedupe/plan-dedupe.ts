import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { DuplicateGroup } from '../../catalog/shared-models.js';
import type { FileOperations } from '../../ports/file-operations.js';
import { bytesFreedBy, fileIdentityOf, mayBeOneFile, type FileIdentity } from './file-identity-of.js';
import { keptOf, type Keeping } from './keep-rule.js';

/** Equal files of which one stays. Paths are absolute. */
export interface DedupeGroup {
  /** SHA-256. */
  readonly hash: string;
  readonly keep: string;
  readonly remove: readonly string[];
  /** Bytes that are free when the others are gone for good. */
  readonly bytesFreed: number;
}

/** What removing duplicates by a rule would do. */
export interface DedupePlan {
  readonly groups: readonly DedupeGroup[];
  /** Digests of groups of which the rule names none to be kept. */
  readonly skipped: readonly string[];
  readonly removals: number;
  readonly bytesFreed: number;
}

/**
 * Works out which of equal files stay. Names of one physical file are no duplicates of one another, links to a file are
 * none of it, and a file that changed since its digest was computed is left out.
 *
 * Invariant: of every content one file is kept that no group removes.
 */
export async function planDedupe(
  groups: readonly DuplicateGroup[],
  keeping: Keeping,
  files: Pick<FileOperations, 'lstat'>,
): Promise<DedupePlan> {
  const planned: DedupeGroup[] = [];
  const skipped: string[] = [];
  for (const { hash, records } of groups) {
    const identities = await identitiesOf(records, files);
    const members = [...identities.keys()];
    const kept = keptOf(members, keeping);
    const [first] = identities.values();
    if (first === undefined || [...identities.values()].every((each) => mayBeOneFile(each, first))) continue;
    if (kept === undefined) {
      skipped.push(hash);
      continue;
    }
    const own = identities.get(kept);
    const removed = members.filter((member) => {
      const identity = identities.get(member);
      return identity !== undefined && own !== undefined && !mayBeOneFile(identity, own);
    });
    planned.push({
      hash,
      keep: kept.entry.file_path,
      remove: removed.map(({ entry }) => entry.file_path),
      bytesFreed: bytesFreedBy(removed.flatMap((member) => identities.get(member) ?? [])),
    });
  }
  return {
    groups: planned,
    skipped,
    removals: planned.reduce((sum, { remove }) => sum + remove.length, 0),
    bytesFreed: planned.reduce((sum, { bytesFreed }) => sum + bytesFreed, 0),
  };
}

async function identitiesOf(
  records: readonly CatalogRecord[],
  files: Pick<FileOperations, 'lstat'>,
): Promise<Map<CatalogRecord, FileIdentity>> {
  const identities = new Map<CatalogRecord, FileIdentity>();
  for (const record of records) {
    const identity = await fileIdentityOf(record.entry.file_path, files);
    if (identity?.size === record.file.size && identity.mtimeMs === record.file.mtimeMs) {
      identities.set(record, identity);
    }
  }
  return identities;
}
