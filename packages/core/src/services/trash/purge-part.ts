import { fsErrorCode } from '../../disk/fs-error.js';
import { folderOf, joinPath } from '../../disk/normalise-path.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { TrashPart } from './trash-reader.js';

/** What a purge removed. */
export interface Purged {
  readonly files: number;
  readonly bytes: number;
}

type Removing = Pick<FileOperations, 'lstat' | 'unlink' | 'rmdir'>;

/**
 * Removes the files that a manifest names, then the manifest, then folders that are empty. What was begun and cut short
 * goes on with the next call, because the manifest goes last. To be called while the manifest is locked.
 *
 * Invariant: a purge removes files that a manifest names and empty folders, nothing else.
 */
export async function purgePart({ folder, manifest, manifestPath }: TrashPart, files: Removing): Promise<Purged> {
  const named = manifest.entries.map(({ staged }) => joinPath(folder, staged));
  const folders = new Set(named.map(folderOf));
  for (const each of folders) await requireFolder(each, files);
  let count = 0;
  let bytes = 0;
  for (const path of named) {
    const size = await removeFile(path, files);
    if (size === undefined) continue;
    count += 1;
    bytes += size;
  }
  await removeFile(manifestPath, files);
  for (const each of [...folders, folder]) await removeEmpty(each, files);
  return { files: count, bytes };
}

/** A link in the place of a folder would lead the removal elsewhere. */
async function requireFolder(path: string, files: Removing): Promise<void> {
  const status = await ifThere(files.lstat(path));
  if (status?.isDirectory() === false) throw new ModelshelfError('conflict', 'The trash was changed by somebody else.');
}

/** The bytes that were freed; undefined for a file that was gone already. */
async function removeFile(path: string, files: Removing): Promise<number | undefined> {
  try {
    const status = await ifThere(files.lstat(path));
    if (status === undefined) return undefined;
    if (status.isDirectory()) throw new ModelshelfError('conflict', 'The trash was changed by somebody else.');
    await ifThere(files.unlink(path));
    return status.nlink > 1 ? 0 : status.size;
  } catch (error) {
    throw toMutationError(error, path);
  }
}

async function removeEmpty(path: string, files: Removing): Promise<void> {
  // What else lies there is not ours to remove.
  await files.rmdir(path).catch(() => undefined);
}

async function ifThere<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) return undefined;
    throw error;
  }
}
