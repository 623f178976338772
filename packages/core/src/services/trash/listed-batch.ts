import { joinPath } from '../../disk/normalise-path.js';
import type { TrashBatch } from './trash-reader.js';

/** A batch as clients see it. Paths are those of before; times are seconds since the epoch, 0 when unknown. */
export interface ListedBatch {
  readonly batch_id: string;
  readonly status: 'restorable' | 'expired' | 'unreadable';
  readonly kind: 'model';
  /** The prefix of the model type; null when unreadable. */
  readonly model_type: string | null;
  readonly deleted_at: number;
  readonly expires_at: number;
  readonly size: number;
  readonly file_count: number;
  readonly models: readonly ListedModel[];
  readonly files: readonly ListedFile[];
  /** Where the batch lies. */
  readonly folders: readonly string[];
}

interface ListedModel {
  readonly file_path: string;
  readonly model_name: string;
  readonly size: number;
  readonly sha256: string;
}

interface ListedFile {
  readonly file_path: string;
  readonly size: number;
  /** The model that it went with. */
  readonly model: string;
}

/** How much of a batch is listed when there are others beside it. */
const FIRST_FILES = 100;

/** @param isShortened Whether only the first files and models are told. */
export function listedBatch(
  { id, parts, unreadable, folders }: TrashBatch,
  now: number,
  isShortened: boolean,
): ListedBatch {
  const files = parts.flatMap(({ root, manifest }) =>
    manifest.entries.map(({ original, of, size }) => ({
      file_path: joinPath(root.path, original),
      size,
      model: joinPath(root.path, of),
    })),
  );
  const models = parts.flatMap(({ root, manifest }) =>
    manifest.models.map((model) => ({ ...model, file_path: joinPath(root.path, model.file_path) })),
  );
  const expiresAt = Math.max(0, ...parts.map(({ manifest }) => manifest.expires_at));
  const shown = isShortened ? FIRST_FILES : Number.POSITIVE_INFINITY;
  return {
    batch_id: id,
    status: unreadable.length > 0 ? 'unreadable' : expiresAt <= now ? 'expired' : 'restorable',
    kind: 'model',
    model_type: parts[0]?.manifest.model_type ?? null,
    deleted_at: Math.max(0, ...parts.map(({ manifest }) => manifest.deleted_at)),
    expires_at: expiresAt,
    size: files.reduce((sum, { size }) => sum + size, 0),
    file_count: files.length,
    models: models.slice(0, shown),
    files: files.slice(0, shown),
    folders: folders.map(({ path }) => path),
  };
}
