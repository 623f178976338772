import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  readdir,
  realpath,
  rename,
  rmdir,
  stat,
  statfs,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';

/**
 * Everything that a mutation does to the disk, one system call each: what tests put faults between, and what a host may
 * put in the place of for a storage of its own. Rejections are those of Node, with a `code`.
 */
export interface FileOperations {
  lstat(path: string): Promise<Stats>;
  stat(path: string): Promise<Stats>;
  readdir(path: string): Promise<string[]>;
  readFile(path: string): Promise<Buffer>;
  readlink(path: string): Promise<string>;
  realpath(path: string): Promise<string>;
  /** Bytes free to the user on the file system of a path. */
  freeBytes(path: string): Promise<number>;
  mkdir(path: string): Promise<void>;
  rmdir(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(existing: string, path: string): Promise<void>;
  symlink(target: string, path: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Copies the bytes of a file to a path that does not exist. */
  copyNew(from: string, to: string): Promise<void>;
  /**
   * Writes a file that does not exist yet, with this mode if any; its bytes are on disk when it resolves. One that it began
   * and cannot end is removed.
   */
  writeNew(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  utimes(path: string, accessed: Date, modified: Date): Promise<void>;
  /** What was written to a file is on disk when it resolves. */
  sync(path: string): Promise<void>;
  /** What was made, renamed or removed within a folder is on disk when it resolves; not every system can do it. */
  syncFolder(path: string): Promise<void>;
  /** SHA-256 of the bytes of a file, in lower-case hexadecimal; the file is streamed. */
  sha256(path: string): Promise<string>;
}

const EXCLUSIVELY = 1; // COPYFILE_EXCL

/** The disk itself. */
export const nodeFileOperations: FileOperations = {
  lstat: (path) => lstat(path),
  stat: (path) => stat(path),
  readdir: (path) => readdir(path),
  readFile: (path) => readFile(path),
  readlink: (path) => readlink(path),
  realpath: (path) => realpath(path),
  freeBytes: async (path) => {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  },
  mkdir: async (path) => {
    await mkdir(path);
  },
  rmdir: (path) => rmdir(path),
  rename: (from, to) => rename(from, to),
  link: (existing, path) => link(existing, path),
  symlink: (target, path) => symlink(target, path),
  unlink: (path) => unlink(path),
  copyNew: (from, to) => copyFile(from, to, EXCLUSIVELY),
  writeNew: async (path, content, mode) => {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  },
  utimes: (path, accessed, modified) => utimes(path, accessed, modified),
  // Windows flushes only what was opened for writing; elsewhere a read-only model can be flushed too.
  sync: (path) => flush(path, process.platform === 'win32' ? 'r+' : 'r'),
  syncFolder: (path) => flush(path, 'r'),
  sha256: async (path) => {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
    return hash.digest('hex');
  },
};

async function flush(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
