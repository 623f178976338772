/** One line of the folder select. */
export interface FolderOption {
  readonly path: string;
  /** The last segment, indented by depth: browsers show options as plain text only. */
  readonly label: string;
}

const indent = '\u00a0\u00a0\u00a0';

/** The folders with their parents, which may hold no model themselves, in tree order; the top level is left out. */
export function folderOptions(folders: readonly string[]): FolderOption[] {
  const paths = new Set<string>();
  for (const folder of folders) {
    const segments = folder.split('/').filter((segment) => segment !== '');
    segments.forEach((_, index) => paths.add(segments.slice(0, index + 1).join('/')));
  }
  return [...paths].sort(byTreeOrder).map((path) => {
    const segments = path.split('/');
    return { path, label: indent.repeat(segments.length - 1) + (segments.at(-1) ?? '') };
  });
}

// Segment by segment, so that `a/b` stands below `a` and not behind `a-c`.
function byTreeOrder(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (const [index, segment] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (segment === other) continue;
    const folded = compare(segment.toLowerCase(), other.toLowerCase());
    return folded === 0 ? compare(segment, other) : folded;
  }
  return -1;
}

// By code unit and not by locale, so that every machine renders the same page.
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
