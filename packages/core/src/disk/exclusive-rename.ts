import type { FileOperations } from '../ports/file-operations.js';
import { inTheWay, statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';

/** What file systems without hard links answer, and those that hand out no more of them. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/** Tells whether a link could not be made because of the file system, not because of the two paths. */
export const isWithoutLinks = (error: unknown): boolean => NO_LINKS.has(fsErrorCode(error));

/**
 * Gives a file another path on the same device. Rejects with `EXDEV` for another device.
 *
 * Invariant: what is at the target is never overwritten. Where there are hard links that holds against every other
 * program too; elsewhere there is a moment between looking and renaming.
 */
export async function exclusiveRename(from: string, to: string, files: FileOperations): Promise<void> {
  try {
    await files.link(from, to);
  } catch (error) {
    if (isWithoutLinks(error)) return renameIfFree(from, to, files);
    throw fsErrorCode(error) === 'EEXIST' ? inTheWay(to) : error;
  }
  await files.unlink(from);
}

/** Renames when nothing is at the target. */
export async function renameIfFree(from: string, to: string, files: FileOperations): Promise<void> {
  if ((await statusAt(to, files)) !== undefined) throw inTheWay(to);
  await files.rename(from, to);
}

/** Removes a file; one that is not there is no failure. */
export async function unlinkIfThere(path: string, files: FileOperations): Promise<void> {
  try {
    await files.unlink(path);
  } catch (error) {
    if (fsErrorCode(error) !== 'ENOENT') throw error;
  }
}
