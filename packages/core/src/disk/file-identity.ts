import type { Stats } from 'node:fs';
import { z } from 'zod';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { fsErrorCode } from './fs-error.js';
import { nameOf } from './normalise-path.js';

/** What tells a file from another one that has its name. */
export const fileIdentitySchema = z.object({ ino: z.number(), size: z.number(), mtimeMs: z.number() });

export type FileIdentity = z.infer<typeof fileIdentitySchema>;

export const identityOfStatus = ({ ino, size, mtimeMs }: Stats): FileIdentity => ({ ino, size, mtimeMs });

/** Tells whether a file is the one that was recorded, whatever it is called now. */
export const isExactly = (file: FileIdentity, found: FileIdentity): boolean =>
  file.ino === found.ino && file.size === found.size;

/**
 * Tells whether a file may be the one that was recorded: some file systems number their files anew with every mount. Good
 * enough only where the recorded file is found nowhere else.
 */
export const isLikely = (file: FileIdentity, found: FileIdentity): boolean =>
  isExactly(file, found) || (file.size === found.size && Math.abs(file.mtimeMs - found.mtimeMs) < 2000);

/** What is at a path, links not followed; undefined when nothing is. */
export async function statusAt(path: string, files: FileOperations): Promise<Stats | undefined> {
  try {
    return await files.lstat(path);
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT' || fsErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The folder at a path, links followed; undefined when there is none. */
export async function folderAt(path: string, files: FileOperations): Promise<Stats | undefined> {
  try {
    const status = await files.stat(path);
    return status.isDirectory() ? status : undefined;
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT' || fsErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The file or link at a path; throws `not_found` or, for a folder, `conflict`. */
export async function fileAt(path: string, files: FileOperations): Promise<Stats> {
  const status = await statusAt(path, files);
  if (status === undefined) throw new ModelshelfError('not_found', `"${nameOf(path)}" is no longer there.`);
  if (!status.isFile() && !status.isSymbolicLink()) {
    throw new ModelshelfError('conflict', `"${nameOf(path)}" is not a file.`);
  }
  return status;
}

/** Says that something is in the way. */
export const inTheWay = (path: string): ModelshelfError =>
  new ModelshelfError('conflict', `"${nameOf(path)}" already exists.`);
