import type { CatalogRecord } from '../../catalog/catalog-record.js';
import { ModelshelfError, isModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import { bytesFreedBy, fileIdentityOf, isUnchanged, mayBeOneFile, type FileIdentity } from './file-identity-of.js';

/** What becomes of a duplicate: it goes to the trash, or becomes another name of the file that is kept. */
export type DedupeAction = 'trash' | 'hardlink';

/** A file that stays, and those that are to go. Canonical paths. */
export interface KeptAndRemoved {
  readonly keep: string;
  readonly remove: readonly string[];
}

/** What became of one duplicate. */
export interface DedupeItem {
  readonly file_path: string;
  readonly keep: string;
  readonly success: boolean;
  readonly error?: string;
}

/** A batch of the trash that is being filled. */
export interface DedupeTrash {
  readonly id: string;
  putAway(
    records: readonly CatalogRecord[],
    options?: { signal?: AbortSignal },
  ): Promise<{ readonly staged: readonly string[]; readonly absent: readonly string[] }>;
}

interface ApplyParts {
  readonly mutations: ModelMutations;
  readonly files: FileOperations;
  /** The SHA-256 of a whole file, read now. */
  readonly digest: (path: string) => Promise<string>;
  readonly logger: Logger;
  readonly trash: DedupeTrash;
  readonly action: DedupeAction;
  /** True looks at everything and touches nothing. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** A duplicate that was found equal to the file that is kept. */
interface Proved {
  readonly record: CatalogRecord;
  readonly identity: FileIdentity;
}

/**
 * Removes duplicates of one file.
 *
 * Invariant: a file goes only after it and the one that is kept were read in full and found equal, while nobody else here
 * could change them; the last copy never goes.
 */
export class ApplyDedupe {
  readonly #parts: ApplyParts;
  readonly items: DedupeItem[] = [];
  bytesFreed = 0;
  removed = 0;
  /** Duplicates that are in the trash now. */
  staged = 0;

  constructor(parts: ApplyParts) {
    this.#parts = parts;
  }

  /** Never rejects for a single file: its item says what went wrong. */
  async run(group: KeptAndRemoved): Promise<void> {
    const { mutations, logger } = this.#parts;
    const open = new Set(group.remove);
    const settle = (path: string, error?: string): void => {
      open.delete(path);
      const item = { file_path: path, keep: group.keep, success: error === undefined };
      this.items.push(error === undefined ? item : { ...item, error });
    };
    try {
      await mutations.whileLocked([group.keep, ...group.remove], async () => {
        const proved = await this.#prove(group, settle);
        await this.#act(group.keep, proved);
        this.bytesFreed += bytesFreedBy(proved.map(({ identity }) => identity));
        this.removed += proved.length;
        for (const { record } of proved) settle(record.entry.file_path);
      });
    } catch (error) {
      if (this.#parts.signal.aborted) return;
      if (!isModelshelfError(error)) logger.warn('Duplicates could not be removed.', { ...group, error });
      const message = isModelshelfError(error) ? error.message : 'The files could not be changed.';
      for (const path of [...open]) settle(path, message);
    }
  }

  /** The duplicates that are equal to what is kept, byte for byte as far as a digest tells. */
  async #prove({ keep, remove }: KeptAndRemoved, settle: (path: string, error: string) => void): Promise<Proved[]> {
    const { mutations, files, signal } = this.#parts;
    const kept = await fileIdentityOf(keep, files);
    if (kept === undefined || mutations.rowOf(keep) === undefined) throw refused('The file to be kept is not there.');
    const keptDigest = await this.#digest(keep);
    if (keptDigest === undefined) throw refused('The file to be kept cannot be read.');
    const digests = new Map<string, string>([[kept.key, keptDigest]]);
    const proved: Proved[] = [];
    for (const path of remove) {
      if (signal.aborted) throw new ModelshelfError('cancelled', 'Removing duplicates was cancelled.');
      const record = mutations.rowOf(path);
      const identity = record === undefined ? undefined : await fileIdentityOf(path, files);
      const problem =
        record === undefined || identity === undefined ? 'The file is not there.' : this.#problem(kept, identity);
      if (problem !== undefined || record === undefined || identity === undefined) {
        settle(path, problem ?? '');
        continue;
      }
      const digest = digests.get(identity.key) ?? (await this.#digest(path));
      if (digest !== undefined) digests.set(identity.key, digest);
      if (digest === keptDigest) proved.push({ record, identity });
      else
        settle(path, digest === undefined ? 'The file cannot be read.' : 'The file differs from the one to be kept.');
    }
    // Other programs hold no lock of ours: what they wrote while files were read shows in time and size.
    if (!isUnchanged(kept, await fileIdentityOf(keep, files))) throw refused('The file to be kept was changed.');
    const unchanged: Proved[] = [];
    for (const each of proved) {
      const path = each.record.entry.file_path;
      if (isUnchanged(each.identity, await fileIdentityOf(path, files))) unchanged.push(each);
      else settle(path, 'The file was changed.');
    }
    return unchanged;
  }

  #problem(kept: FileIdentity, identity: FileIdentity): string | undefined {
    if (mayBeOneFile(identity, kept)) return 'It is the same file as the one to be kept.';
    if (identity.size !== kept.size) return 'The file differs from the one to be kept.';
    const isElsewhere = this.#parts.action === 'hardlink' && identity.device !== kept.device;
    return isElsewhere ? 'A hard link needs both files on one disk.' : undefined;
  }

  async #act(keep: string, proved: readonly Proved[]): Promise<void> {
    const { mutations, trash, action, dryRun, signal } = this.#parts;
    if (dryRun || proved.length === 0) return;
    const records = proved.map(({ record }) => record);
    if (action === 'trash') {
      const { staged } = await trash.putAway(records, { signal });
      this.staged += staged.length;
      return;
    }
    const paths = records.map(({ entry }) => entry.file_path);
    await mutations.run({ kind: 'dedupe', links: paths.map((path) => ({ path, to: keep })) }, { signal });
    const siblings: string[] = [];
    for (const path of paths) siblings.push(...(await mutations.companionsOf(path)).sharedWith);
    const linked = paths.map((to) => ({ from: keep, to }));
    await mutations.commit({ touched: [...new Set([...paths, ...siblings])], linked });
  }

  /** Undefined for a file that cannot be read in full. */
  async #digest(path: string): Promise<string | undefined> {
    try {
      return (await this.#parts.digest(path)).toLowerCase();
    } catch (error) {
      this.#parts.logger.warn('A duplicate could not be read.', { path, error });
      return undefined;
    }
  }
}

function refused(message: string): ModelshelfError {
  return new ModelshelfError('conflict', message);
}
