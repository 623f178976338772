import { randomUUID } from 'node:crypto';
import type { FileOperations } from '../ports/file-operations.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { folderOf, joinPath } from './normalise-path.js';
import { flushFolders } from './plan-folders.js';

/** What ends the names of files that are not whole yet. No scan lists them: it is no extension of a model. */
export const TEMPORARY_SUFFIX = '.modelshelf-tmp';

/**
 * Writes a whole file, over the one that is there.
 *
 * Invariant: whenever the process or the machine stops, the path holds the old bytes or the new ones.
 */
export async function writeAtomically(
  path: string,
  content: string | Uint8Array,
  files: FileOperations,
): Promise<void> {
  const folder = folderOf(path);
  const temporary = joinPath(folder, `.${randomUUID()}${TEMPORARY_SUFFIX}`);
  try {
    await files.writeNew(temporary, content);
    await files.rename(temporary, path);
  } catch (error) {
    await unlinkIfThere(temporary, files).catch(() => undefined);
    throw error;
  }
  await flushFolders([folder], files);
}
