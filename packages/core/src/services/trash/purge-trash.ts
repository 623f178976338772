import { ModelshelfError, isModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import { purgePart } from './purge-part.js';
import type { TrashBatch, TrashPart, TrashReader } from './trash-reader.js';

export const DAY_SECONDS = 24 * 60 * 60;

/** What is to be purged: exactly one of these. */
export type PurgeSelection =
  | { readonly kind: 'ids'; readonly ids: readonly string[] }
  | { readonly kind: 'older_than'; readonly days: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'expired' };

/** What a purge did. */
export interface PurgeResult {
  /** Batches of which nothing is left. */
  readonly purged: readonly string[];
  /** Batches that stay, and why. */
  readonly kept: readonly { readonly batch_id: string; readonly error: string }[];
  readonly filesRemoved: number;
  readonly bytesFreed: number;
}

interface PurgeParts {
  readonly reader: TrashReader;
  readonly mutationsOf: (part: TrashPart) => ModelMutations;
  readonly files: FileOperations;
  readonly logger: Logger;
  /** Seconds since the epoch. */
  readonly now: number;
}

const UNREADABLE = 'A manifest of the batch cannot be read, so nobody knows which files it holds.';

/** Removes batches for good, each as far as it can be; one that cannot does not keep the others. */
export async function purgeTrash(selection: PurgeSelection, parts: PurgeParts): Promise<PurgeResult> {
  const purged: string[] = [];
  const kept: { batch_id: string; error: string }[] = [];
  let filesRemoved = 0;
  let bytesFreed = 0;
  for (const { id, batch } of await selected(selection, parts)) {
    if (batch === undefined) {
      kept.push({ batch_id: id, error: `Unknown batch id: ${id}` });
      continue;
    }
    try {
      const { files, bytes } = await purgeBatch(batch, parts);
      filesRemoved += files;
      bytesFreed += bytes;
      if (batch.unreadable.length === 0) purged.push(id);
      else kept.push({ batch_id: id, error: UNREADABLE });
    } catch (error) {
      parts.logger.warn('A batch of the trash could not be purged.', { batch: id, error });
      kept.push({ batch_id: id, error: isModelshelfError(error) ? error.message : 'The files could not be removed.' });
    }
  }
  return { purged, kept, filesRemoved, bytesFreed };
}

async function purgeBatch(
  batch: TrashBatch,
  { reader, mutationsOf, files }: PurgeParts,
): Promise<{ files: number; bytes: number }> {
  const total = { files: 0, bytes: 0 };
  for (const each of batch.parts) {
    const mutations = mutationsOf(each);
    if (mutations.isReadOnly(each.folder)) throw new ModelshelfError('read_only', 'The folder is read-only.');
    await mutations.whileLocked([each.manifestPath], async () => {
      // Somebody may have brought it back meanwhile.
      const current = await reader.find(batch.id);
      const part = current?.parts.find(({ manifestPath }) => manifestPath === each.manifestPath);
      if (part === undefined) return;
      const removed = await purgePart(part, files);
      total.files += removed.files;
      total.bytes += removed.bytes;
    });
  }
  return total;
}

async function selected(
  selection: PurgeSelection,
  { reader, now }: PurgeParts,
): Promise<readonly { readonly id: string; readonly batch: TrashBatch | undefined }[]> {
  if (selection.kind === 'ids') {
    const ids = [...new Set(selection.ids)];
    return Promise.all(ids.map(async (id) => ({ id, batch: await reader.find(id) })));
  }
  const all = (await reader.all()).map((batch) => ({ id: batch.id, batch }));
  if (selection.kind === 'all') return all;
  const isOld = ({ manifest }: TrashPart): boolean =>
    selection.kind === 'expired'
      ? manifest.expires_at <= now
      : manifest.deleted_at <= now - selection.days * DAY_SECONDS;
  return all.filter(
    ({ batch: { parts, unreadable } }) => parts.length > 0 && unreadable.length === 0 && parts.every(isOld),
  );
}
