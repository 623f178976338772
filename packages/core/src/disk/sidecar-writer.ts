import { randomUUID } from 'node:crypto';
import type { FileOperations } from '../ports/file-operations.js';
import { fsErrorCode } from './fs-error.js';
import { toMutationError } from './mutation-error.js';
import { folderOf, joinPath } from './normalise-path.js';
import { TEMPORARY_SUFFIX } from './write-atomically.js';

/** A sidecar that gets another text. */
export interface SidecarChange {
  readonly path: string;
  /** The text that it was made from; undefined when there was no file. */
  readonly before: string | undefined;
  readonly content: string;
  /** A folder where a crash may leave a file, because it is swept; without it, or on another device, beside the sidecar. */
  readonly aside?: string | undefined;
}

/** What a link says where the file system knows none. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EACCES']);

/** What is said of a folder aside that cannot be used for this sidecar, where its own folder may do. */
const NOT_ASIDE = new Set(['EXDEV', 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EROFS']);

/**
 * Writes one sidecar. `changed`: somebody else wrote it since it was read, and it is as they left it.
 *
 * Invariant: a crash at any point of a sidecar write leaves either the old or the new complete file.
 */
export async function writeSidecar(change: SidecarChange, files: FileOperations): Promise<'written' | 'changed'> {
  const { path, aside } = change;
  const folder = folderOf(path);
  try {
    const isWritten = await (aside === undefined ? writeBy(folder, change, files) : writeByAside(aside, change, files));
    if (!isWritten) return 'changed';
  } catch (error) {
    throw toMutationError(error, path);
  }
  // Not every system can do it, and the new file is in its place already.
  await files.syncFolder(folder).catch(() => undefined);
  return 'written';
}

async function writeByAside(aside: string, change: SidecarChange, files: FileOperations): Promise<boolean> {
  try {
    return await writeBy(aside, change, files);
  } catch (error) {
    if (!NOT_ASIDE.has(fsErrorCode(error))) throw error;
    return writeBy(folderOf(change.path), change, files);
  }
}

/** False when the sidecar is not what it was any more. */
async function writeBy(
  folder: string,
  { path, before, content }: SidecarChange,
  files: FileOperations,
): Promise<boolean> {
  // Two writers never share a temporary file.
  const temporary = joinPath(folder, `.${randomUUID()}${TEMPORARY_SUFFIX}`);
  try {
    await files.writeNew(temporary, content);
    const isWritten = await (before === undefined
      ? putNew(temporary, path, files)
      : putOver(temporary, path, before, files));
    if (!isWritten) await files.unlink(temporary);
    return isWritten;
  } catch (error) {
    await files.unlink(temporary).catch(() => undefined);
    throw error;
  }
}

async function putOver(temporary: string, path: string, before: string, files: FileOperations): Promise<boolean> {
  if ((await textOf(path, files)) !== before) return false;
  await files.rename(temporary, path);
  return true;
}

async function putNew(temporary: string, path: string, files: FileOperations): Promise<boolean> {
  try {
    await files.link(temporary, path);
  } catch (error) {
    if (fsErrorCode(error) === 'EEXIST') return false;
    if (!NO_LINKS.has(fsErrorCode(error))) throw error;
    if ((await textOf(path, files)) !== undefined) return false;
    await files.rename(temporary, path);
    return true;
  }
  await files.unlink(temporary).catch(() => undefined);
  return true;
}

async function textOf(path: string, files: FileOperations): Promise<string | undefined> {
  try {
    return (await files.readFile(path)).toString('utf8');
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
