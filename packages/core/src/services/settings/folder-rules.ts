import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { absolutePath, expandHome } from '../../disk/normalise-path.js';
import type { ModelFolders } from '../../shapes/model-folders.js';
import type { SettingIssue } from './setting-issue.js';

type FolderKey = 'folder_paths' | 'extra_folder_paths';

/** The folders of one library. */
export type LibraryFolders = Readonly<Record<FolderKey, ModelFolders>>;

interface NamedFolder {
  readonly key: FolderKey;
  readonly category: string;
  readonly position: number;
  readonly real: string;
}

/** Categories that one folder cannot have both: it says what lies in it. */
const RIVALS: Readonly<Record<string, string>> = { checkpoints: 'unet', unet: 'checkpoints' };

/**
 * What is wrong with the folders that a library is to have. Real folders are compared, links resolved; what was wrong
 * before and is not among the changed keys does not count.
 *
 * @param others The folders of all other libraries, by their names.
 */
export async function folderIssues(
  folders: LibraryFolders,
  changed: ReadonlySet<FolderKey>,
  others: Iterable<readonly [string, LibraryFolders]>,
): Promise<SettingIssue[]> {
  const own = await namedFolders(folders);
  const elsewhere = await Promise.all(
    Array.from(others, async ([name, theirs]) => ({ name, folders: await namedFolders(theirs) })),
  );
  const issues: SettingIssue[] = [];
  const refuse = ({ key, category, position }: NamedFolder, message: string): void => {
    issues.push({ path: `${key}.${category}.${String(position)}`, message });
  };
  for (const folder of own.filter(({ key }) => changed.has(key))) {
    const holder = elsewhere.find((library) => library.folders.some((theirs) => isSame(theirs, folder)));
    if (holder !== undefined) refuse(folder, `is a folder of the library "${holder.name}"`);
    const rival = own.find(({ category, real }) => category === RIVALS[folder.category] && real === folder.real);
    // Of two that are both new, one is told.
    const isTold = rival !== undefined && changed.has(rival.key) && folder.category === 'checkpoints';
    if (rival !== undefined && !isTold) refuse(folder, `is a folder of ${rival.category}`);
    const twin = own.find((other) => other.key !== folder.key && isSame(other, folder));
    if (twin !== undefined && !(folder.key === 'folder_paths' && changed.has(twin.key))) {
      refuse(folder, `is among the ${twin.key} already`);
    }
  }
  if (changed.has('extra_folder_paths')) {
    for (const folder of await linkedFolders(own)) refuse(folder, 'is what a link in one of the folder_paths leads to');
  }
  return issues;
}

const isSame = (a: NamedFolder, b: NamedFolder): boolean => a.category === b.category && a.real === b.real;

/** Extra folders of loras that a link right below a primary one leads to: their models would be listed there. */
async function linkedFolders(own: readonly NamedFolder[]): Promise<NamedFolder[]> {
  const loras = own.filter(({ category }) => category === 'loras');
  const extra = loras.filter(({ key }) => key === 'extra_folder_paths');
  if (extra.length === 0) return [];
  const primary = loras.filter(({ key }) => key === 'folder_paths');
  const targets = new Set((await Promise.all(primary.map(({ real }) => linkTargetsIn(real)))).flat());
  return extra.filter(({ real }) => targets.has(real));
}

async function linkTargetsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const links = entries.filter((entry) => entry.isSymbolicLink());
  return Promise.all(links.map(({ name }) => realPathOf(join(folder, name))));
}

async function namedFolders(folders: LibraryFolders): Promise<NamedFolder[]> {
  const named = (['folder_paths', 'extra_folder_paths'] as const).flatMap((key) =>
    Object.entries(folders[key]).flatMap(([category, paths]) =>
      paths.map(async (path, position) => ({ key, category, position, real: await realPathOf(path) })),
    ),
  );
  return Promise.all(named);
}

/** A folder that is not there is compared as it is spelled: it may be that of a drive that is away. */
async function realPathOf(path: string): Promise<string> {
  const named = absolutePath(expandHome(path));
  return realpath(named).catch(() => named);
}
