/** Folders by name; a folder without folders is empty. */
export interface FolderTree {
  readonly [name: string]: FolderTree;
}

type Branch = Map<string, Branch>;

/** The tree of folders given as paths; the folders above them are in it too. */
export function folderTreeOf(folders: Iterable<string>): FolderTree {
  const top: Branch = new Map();
  for (const folder of folders) {
    if (folder === '') continue;
    let branch = top;
    for (const name of folder.split('/')) {
      const below: Branch = branch.get(name) ?? new Map<string, Branch>();
      branch.set(name, below);
      branch = below;
    }
  }
  return toTree(top);
}

/** Defines each name as a member of its own, whatever it is: `__proto__` is a folder too. */
function toTree(branch: Branch): FolderTree {
  return Object.fromEntries([...branch].map(([name, below]) => [name, toTree(below)]));
}

/** Distinct folders sorted without regard to case. */
export function sortedFolders(folders: Iterable<string>): readonly string[] {
  const keyed = Array.from(folders, (value) => ({ value, key: value.toLowerCase() }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.value < b.value ? -1 : 1));
  return keyed.map(({ value }) => value);
}
