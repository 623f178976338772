import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { sidecarText } from '../../disk/raw-sidecar.js';
import type { SidecarDrafts } from '../../disk/sidecar-draft.js';
import { isModelshelfError } from '../../errors.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';

/** The SHA-256 of a whole file, read now. */
export type Digester = (path: string) => Promise<string>;

/** What comparing claimed duplicates showed. */
export interface VerifiedDuplicates {
  readonly isVerified: boolean;
  readonly mismatched: readonly string[];
  /** The real digest of every file that has another one than claimed. */
  readonly hashes: Readonly<Record<string, string>>;
}

interface VerifyParts {
  readonly mutations: ModelMutations;
  readonly drafts: SidecarDrafts;
  readonly digest: Digester;
  readonly logger: Logger;
}

const FAILED = 'error_calculating_hash';

/**
 * Reads every file of a claimed group of duplicates and compares it with the digest that the group is claimed for. A
 * sidecar that states another digest than its file has is corrected; files that are gone are stepped over.
 */
export async function verifyDuplicates(locations: readonly string[], parts: VerifyParts): Promise<VerifiedDuplicates> {
  const claimed = locations.map((location) => ({ location, record: knownAt(location, parts.mutations) }));
  let expected = await statedOf(claimed[0]?.record, parts);
  const mismatched: string[] = [];
  const hashes: Record<string, string> = {};
  let compared = 0;
  for (const { location, record } of claimed) {
    if (record === undefined) continue;
    expected ||= record.entry.sha256;
    const real = await digestOf(record, parts);
    if (real === undefined) continue;
    compared += 1;
    if (real !== FAILED) {
      expected ||= real;
      await correct(record, real, parts);
    }
    if (real === expected) continue;
    mismatched.push(location);
    hashes[location] = real;
  }
  return { isVerified: compared > 0 && mismatched.length === 0, mismatched, hashes };
}

/** A model that is not there any more is no reason to refuse the others; one outside the library is. */
function knownAt(location: string, mutations: ModelMutations): CatalogRecord | undefined {
  try {
    return mutations.require(location);
  } catch (error) {
    if (isModelshelfError(error) && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The digest in the sidecar of a model, lower case; empty when there is none. */
async function statedOf(record: CatalogRecord | undefined, { drafts }: VerifyParts): Promise<string> {
  if (record === undefined) return '';
  const draft = await drafts.draft(record).catch(() => undefined);
  const stated = draft?.before === undefined ? undefined : draft.value['sha256'];
  return typeof stated === 'string' && stated !== '' ? stated.toLowerCase() : record.entry.sha256;
}

/** Undefined for a file that is gone. */
async function digestOf(record: CatalogRecord, { digest, logger }: VerifyParts): Promise<string | undefined> {
  const path = record.entry.file_path;
  try {
    return (await digest(path)).toLowerCase();
  } catch (error) {
    if (isModelshelfError(error) && error.code === 'not_found') return undefined;
    logger.warn('A claimed duplicate could not be read.', { path, error });
    return FAILED;
  }
}

/** Writes the real digest into a sidecar that states another one; what cannot be written is told to the logger only. */
async function correct(record: CatalogRecord, real: string, parts: VerifyParts): Promise<void> {
  const { mutations, drafts, logger } = parts;
  const path = record.entry.file_path;
  try {
    await mutations.whileLocked([path], async () => {
      const current = mutations.rowOf(path);
      if (current === undefined) return;
      const draft = await drafts.draft(current);
      const stated = draft.value['sha256'];
      if (draft.before === undefined || (typeof stated === 'string' && stated.toLowerCase() === real)) return;
      const content = sidecarText({ ...draft.value, sha256: real }, draft.before);
      await mutations.run({ kind: 'verify', rewrites: [{ path: draft.path, content }] });
      await mutations.commit({ touched: [path] });
    });
  } catch (error) {
    logger.warn('The digest in a sidecar could not be corrected.', { path, error });
  }
}
