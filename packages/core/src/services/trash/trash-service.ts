import { randomBytes } from 'node:crypto';
import { joinPath } from '../../disk/normalise-path.js';
import { ModelshelfError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { Logger } from '../../ports/logger.js';
import type { ModelMutations } from '../model-mutations.js';
import { listedBatch, type ListedBatch } from './listed-batch.js';
import { OpenTrashBatch, type TrashedType } from './open-trash-batch.js';
import { planRestore } from './plan-restore.js';
import { DAY_SECONDS, purgeTrash, type PurgeResult, type PurgeSelection } from './purge-trash.js';
import type { TrashEntry } from './trash-manifest.js';
import { TrashReader, type TrashBatch, type TrashPart } from './trash-reader.js';

/** How long deleted models are kept unless somebody says otherwise. */
const RETENTION_DAYS = 30;

interface TrashServiceParts {
  readonly types: readonly TrashedType[];
  readonly files: FileOperations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default 30. */
  readonly retentionDays?: number | undefined;
  /** 32 lower hex digits, a different text each time. */
  readonly newBatchId?: () => string;
}

/** One page of what is in the trash. */
export interface TrashPage {
  readonly batches: readonly ListedBatch[];
  readonly total: number;
  /** Bytes of everything in the trash, on all pages. */
  readonly bytes: number;
}

/** Files that are where they were before they were deleted. */
export interface Restored {
  readonly restored: readonly string[];
  readonly kind: 'model';
  /** Files of the batch that stay in the trash. */
  readonly remaining: number;
}

/**
 * Deleted models, kept below the root that they were in: `<root>/.modelshelf/trash/<batch id>/`, each batch with manifests
 * that say what lay where (docs/behaviour.md, "Trash").
 *
 * Invariant: what is in the trash is restorable by any later process, until it expires or somebody purges it.
 */
export class TrashService {
  readonly #parts: TrashServiceParts;
  readonly #reader: TrashReader;

  constructor(parts: TrashServiceParts) {
    this.#parts = parts;
    this.#reader = new TrashReader(() => parts.types.flatMap(({ mutations }) => mutations.roots), parts.files);
  }

  /** A batch to put models of one type into. Nothing is on disk before the first one. */
  openBatch(type: TrashedType): OpenTrashBatch {
    const { files, retentionDays = RETENTION_DAYS, newBatchId = randomId } = this.#parts;
    // What is no time must not cost what was deleted; for ever is as long as can be written down.
    const seconds = (retentionDays >= 0 ? retentionDays : RETENTION_DAYS) * DAY_SECONDS;
    const deletedAt = this.#seconds();
    const expiresAt = Math.min(deletedAt + Math.round(seconds), Number.MAX_SAFE_INTEGER);
    return new OpenTrashBatch({ ...type, id: newBatchId(), files, deletedAt, expiresAt });
  }

  /** A page of what is there, the newest first; of one batch everything, and of several the first files of each. */
  async list(wanted: { page: number; pageSize: number; batchId?: string | undefined }): Promise<TrashPage> {
    const { page, pageSize, batchId } = wanted;
    const found = batchId === undefined ? await this.#reader.all() : [await this.#known(batchId)];
    const now = this.#seconds();
    const listed = found.map((batch) => listedBatch(batch, now, batchId === undefined));
    listed.sort((a, b) => b.deleted_at - a.deleted_at || (a.batch_id < b.batch_id ? -1 : 1));
    return {
      batches: listed.slice((page - 1) * pageSize, page * pageSize),
      total: listed.length,
      bytes: listed.reduce((sum, { size }) => sum + size, 0),
    };
  }

  /**
   * Brings files of a batch back: all, or exactly those that are named. Throws `not_found` for what is unknown or expired,
   * `conflict` for an occupied target.
   *
   * Invariant: undo within the window restores byte-identical files and an equal cache entry, and returns tag counts to
   * their earlier values.
   */
  async restore(batchId: string, filePaths?: readonly string[]): Promise<Restored> {
    const { parts } = this.#unexpired(await this.#known(batchId));
    const mutations = this.#mutationsOf(parts);
    const locked = new Set(parts.map(({ manifestPath }) => manifestPath));
    const targets = parts.flatMap((part) => part.manifest.entries.flatMap((entry) => lockedFor(part, entry)));
    return mutations.whileLocked([...locked, ...targets], async () => {
      const batch = this.#unexpired(await this.#known(batchId));
      // A batch that is still being filled may have grown since.
      const current = batch.parts.filter(({ manifestPath }) => locked.has(manifestPath));
      const isWanted = wantedBy(filePaths, current);
      const { plan, restored, models, remaining } = await planRestore(current, isWanted, this.#parts.files);
      if (restored.length === 0) throw nothingToRestore(remaining);
      await mutations.run(plan);
      const siblings: string[] = [];
      for (const path of models) siblings.push(...(await mutations.companionsOf(path)).sharedWith);
      await mutations.commit({ touched: [...new Set([...models, ...siblings])] });
      return { restored, kind: 'model', remaining };
    });
  }

  /** Removes batches for good. Those with an unreadable manifest stay: nobody knows what they hold. */
  purge(selection: PurgeSelection): Promise<PurgeResult> {
    const { files, logger } = this.#parts;
    const mutationsOf = (part: TrashPart): ModelMutations => this.#mutationsOf([part]);
    return purgeTrash(selection, { reader: this.#reader, mutationsOf, files, logger, now: this.#seconds() });
  }

  async #known(id: string): Promise<TrashBatch> {
    const batch = await this.#reader.find(id);
    if (batch === undefined) throw new ModelshelfError('not_found', `Unknown batch id: ${id}`);
    return batch;
  }

  #unexpired(batch: TrashBatch): TrashBatch {
    if (batch.parts.length === 0) throw new ModelshelfError('not_found', `Manifest missing for batch ${batch.id}`);
    const now = this.#seconds();
    if (batch.parts.every(({ manifest }) => manifest.expires_at <= now)) {
      throw new ModelshelfError('not_found', 'Undo window expired');
    }
    return batch;
  }

  /** Those of the type that the batch was of, else of a type that has the root. */
  #mutationsOf(parts: readonly TrashPart[]): ModelMutations {
    const [first] = parts;
    const owning = this.#parts.types
      .map(({ mutations }) => mutations)
      .filter(({ roots }) => roots.some(({ path }) => path === first?.root.path));
    const found = owning.find(({ modelType }) => modelType.prefix === first?.manifest.model_type) ?? owning[0];
    if (found === undefined) throw new ModelshelfError('not_found', 'The trash cannot be reached.');
    return found;
  }

  #seconds(): number {
    return Math.floor(this.#parts.clock.now() / 1000);
  }
}

const randomId = (): string => randomBytes(16).toString('hex');

/** The file that comes back, and the model that it belongs to. */
const lockedFor = ({ root }: TrashPart, { original, of }: TrashEntry): string[] =>
  [original, of].map((path) => joinPath(root.path, path));

const targetOf = ({ root }: TrashPart, { original }: TrashEntry): string => joinPath(root.path, original);

/** What is left is a copy of something that is there, changed since; or somebody emptied the trash by hand. */
function nothingToRestore(remaining: number): ModelshelfError {
  if (remaining > 0) return new ModelshelfError('conflict', 'Target path occupied');
  return new ModelshelfError('not_found', 'The trash holds none of these files any more.');
}

/** Throws `not_found` for a named file that the batch does not hold. */
function wantedBy(
  filePaths: readonly string[] | undefined,
  parts: readonly TrashPart[],
): (part: TrashPart, entry: TrashEntry) => boolean {
  if (filePaths === undefined) return () => true;
  const wanted = new Set(filePaths);
  const held = new Set(parts.flatMap((part) => part.manifest.entries.map((entry) => targetOf(part, entry))));
  const missing = filePaths.find((path) => !held.has(path));
  if (missing !== undefined) {
    throw new ModelshelfError('not_found', 'The batch does not hold this file.', { details: { file_path: missing } });
  }
  return (part, entry) => wanted.has(targetOf(part, entry));
}
