import { readFile } from 'node:fs/promises';
import { kindOf } from './kind-of.js';
import { UsageError } from './usage.js';

/**
 * Whether a settings file names folders of its own; throws `UsageError` for a file that is none and for a folder of these
 * categories that does not exist.
 *
 * @param isOverruled Its `folder_paths` are not used, and so may name anything.
 */
export async function readSettingsFolders(
  file: string,
  categories: readonly string[],
  isOverruled: boolean,
): Promise<boolean> {
  if ((await kindOf(file)) !== 'file') throw new UsageError(`--settings ${file}: there is no such file`);
  const settings = await readFile(file, 'utf8').then(parseObject, () => undefined);
  if (settings === undefined) throw new UsageError(`--settings ${file}: the file is not a JSON object`);
  const primary = foldersOf(settings, 'folder_paths');
  const used = [...(isOverruled ? [] : primary), ...foldersOf(settings, 'extra_folder_paths')];
  for (const { name, category, folder } of used) {
    if (categories.includes(category) && (await kindOf(folder)) !== 'folder') {
      throw new UsageError(`--settings ${file}: ${name}.${category}: there is no such folder: ${folder}`);
    }
  }
  return primary.length > 0;
}

function foldersOf(settings: object, name: string): { name: string; category: string; folder: string }[] {
  const paths: unknown = Object.entries(settings).find(([key]) => key === name)?.[1];
  if (typeof paths !== 'object' || paths === null) return [];
  return Object.entries(paths).flatMap(([category, value]: [string, unknown]) => {
    // One folder may stand without a list around it.
    const folders: unknown[] = Array.isArray(value) ? value : [value];
    return folders.filter((folder) => typeof folder === 'string').map((folder) => ({ name, category, folder }));
  });
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
