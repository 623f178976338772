import { realpath, stat } from 'node:fs/promises';

/** Where a file really is: two paths with the same `realPath` are one file; what one disk holds is read in turn. */
export interface FilePlace {
  readonly realPath: string;
  readonly disk: number;
}

/** Finds out where a file is; of one that cannot be reached, the path itself on disk 0. Never rejects. */
export async function placeOfFile(path: string): Promise<FilePlace> {
  try {
    const realPath = await realpath(path);
    return { realPath, disk: (await stat(realPath)).dev };
  } catch {
    return { realPath: path, disk: 0 };
  }
}
