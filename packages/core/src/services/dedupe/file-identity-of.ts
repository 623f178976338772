import { fsErrorCode } from '../../disk/fs-error.js';
import { toMutationError } from '../../disk/mutation-error.js';
import type { FileOperations } from '../../ports/file-operations.js';

/** What tells one physical file from another, and whether it changed. */
export interface FileIdentity {
  /** Device and inode: equal for hard links. */
  readonly key: string;
  readonly inode: number;
  readonly device: number;
  readonly size: number;
  readonly mtimeMs: number;
  /** How many names the file has. */
  readonly links: number;
}

/** Undefined for what is gone, and for links and folders: only a file of its own is a copy. */
export async function fileIdentityOf(
  path: string,
  files: Pick<FileOperations, 'lstat'>,
): Promise<FileIdentity | undefined> {
  try {
    const status = await files.lstat(path);
    if (!status.isFile()) return undefined;
    const { dev, ino, size, mtimeMs, nlink } = status;
    return { key: `${String(dev)}:${String(ino)}`, inode: ino, device: dev, size, mtimeMs, links: nlink };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(fsErrorCode(error))) return undefined;
    throw toMutationError(error, path);
  }
}

/** Whether a file is the one that was looked at, unchanged. */
export const isUnchanged = (before: FileIdentity, now: FileIdentity | undefined): boolean =>
  now !== undefined && before.key === now.key && before.size === now.size && before.mtimeMs === now.mtimeMs;

/**
 * Whether two paths may lead to one file although their devices differ: a network drive that is mounted twice shows every
 * file under the same number and time, and what is removed at one path is gone at the other.
 */
export const mayBeOneFile = (one: FileIdentity, other: FileIdentity): boolean =>
  one.key === other.key ||
  (one.inode !== 0 && one.inode === other.inode && one.size === other.size && one.mtimeMs === other.mtimeMs);

/** Bytes that are free when these names are gone: those of files of which no other name remains. */
export function bytesFreedBy(identities: readonly FileIdentity[]): number {
  const removed = new Map<string, number>();
  for (const { key } of identities) removed.set(key, (removed.get(key) ?? 0) + 1);
  const whole = new Map<string, number>();
  for (const { key, links, size } of identities) if ((removed.get(key) ?? 0) >= links) whole.set(key, size);
  return [...whole.values()].reduce((sum, size) => sum + size, 0);
}
