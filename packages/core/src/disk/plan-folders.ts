import type { FileOperations } from '../ports/file-operations.js';
import { fsErrorCode } from './fs-error.js';
import { folderOf } from './normalise-path.js';

/** Makes a folder unless it is there; what is above it must be. */
export async function makeOneFolder(path: string, files: FileOperations): Promise<void> {
  try {
    await files.mkdir(path);
  } catch (error) {
    if (fsErrorCode(error) !== 'EEXIST') throw error;
  }
}

/** Makes a folder and what is missing above it. */
export async function makeFolder(path: string, files: FileOperations): Promise<void> {
  try {
    await makeOneFolder(path, files);
  } catch (error) {
    if (fsErrorCode(error) !== 'ENOENT' || folderOf(path) === path) throw error;
    await makeFolder(folderOf(path), files);
    await makeOneFolder(path, files);
  }
}

/** Why a folder may stay: it is in use, it is gone, or it is the place where another file system is mounted. */
const STAYS = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EBUSY', 'EPERM', 'EACCES']);

/** Removes folders that are empty, the deepest first; what holds anything stays. */
export async function removeEmpty(folders: readonly string[], files: FileOperations): Promise<void> {
  for (const folder of [...folders].sort((a, b) => b.length - a.length)) {
    try {
      await files.rmdir(folder);
    } catch (error) {
      if (!STAYS.has(fsErrorCode(error))) throw error;
    }
  }
}

/** What systems answer that cannot flush a folder, or do not let this user open it. */
const CANNOT_FLUSH = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOENT']);

/** Brings the names in these folders to disk, where the system can. */
export async function flushFolders(folders: Iterable<string>, files: FileOperations): Promise<void> {
  for (const folder of new Set(folders)) {
    try {
      await files.syncFolder(folder);
    } catch (error) {
      if (!CANNOT_FLUSH.has(fsErrorCode(error))) throw error;
    }
  }
}
