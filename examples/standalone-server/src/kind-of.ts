import { stat } from 'node:fs/promises';

/** What a path leads to. */
export async function kindOf(path: string): Promise<'folder' | 'file' | 'missing'> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'missing';
  return found.isDirectory() ? 'folder' : 'file';
}
