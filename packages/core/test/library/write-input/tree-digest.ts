import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Every path below a folder with what is there, in the order of the paths: equal for equal trees only. */
export type TreeDigest = readonly string[];

/** Locks of who writes come and go; the folder that holds them may stay. */
const isLock = (path: string): boolean => basename(path) === '.modelshelf' || path.endsWith('.modelshelf/writer.lock');

/**
 * Names, kinds, bytes and targets of links below some folders; links are not followed.
 *
 * @param isLeftOut Paths that do not count; what lies in such a folder does.
 */
export async function treeDigest(
  folders: readonly string[],
  isLeftOut: (path: string) => boolean = isLock,
): Promise<TreeDigest> {
  const lines: string[] = [];
  for (const folder of folders) {
    for (const name of await readdir(folder, { recursive: true })) {
      const path = join(folder, name);
      if (!isLeftOut(path)) lines.push(`${path} ${await contentOf(path)}`);
    }
  }
  return lines.sort();
}

async function contentOf(path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) return `-> ${await readlink(path)}`;
  if (!status.isFile()) return 'folder';
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
