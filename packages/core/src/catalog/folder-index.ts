import type { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import { CountedValues } from './counted-values.js';
import { folderTreeOf, sortedFolders, type FolderTree } from './folder-tree.js';
import type { Selection } from './selection.js';
import { ValueIndex } from './value-index.js';

const isBlank = (text: string): boolean => text.trim() === '';

/** By hand: the obvious expression takes quadratic time on a long row of slashes that is not at the end. */
function withoutSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

/**
 * Models by folder: directly in it, and in it or below it, so that a recursive filter is one look-up. Folders are compared
 * by whole components, and equal ones below two roots are one.
 *
 * Source: docs/behaviour.md, "Folders".
 */
export class FolderIndex {
  readonly #pathsDownTo = new Map<string, readonly string[]>();
  readonly #direct = new ValueIndex(({ entry }) => [entry.folder]);
  readonly #below = new ValueIndex(({ entry }) => this.#foldersDownTo(entry.folder));
  readonly #byRoot = new Map<string, CountedValues>();
  #trees = new Map<string | undefined, FolderTree>();
  #sorted: readonly string[] | undefined;

  add(record: CatalogRecord): void {
    this.#direct.add(record);
    this.#below.add(record);
    const folders = this.#foldersIn(record.root);
    const known = folders.size;
    folders.add(record.entry.folder);
    if (folders.size !== known) this.#forget();
  }

  remove(record: CatalogRecord): void {
    this.#direct.remove(record);
    this.#below.remove(record);
    const folders = this.#foldersIn(record.root);
    const known = folders.size;
    folders.remove(record.entry.folder);
    if (folders.size !== known) this.#forget();
  }

  replace(before: CatalogRecord, after: CatalogRecord): void {
    if (before.root === after.root && before.entry.folder === after.entry.folder) return;
    this.remove(before);
    this.add(after);
  }

  /** Distinct folders that directly hold a model, sorted without regard to case. */
  folders(): readonly string[] {
    this.#sorted ??= sortedFolders(this.#direct.lists.keys());
    return this.#sorted;
  }

  /** The folders of one root that hold models, with those above them; of all roots without one. */
  tree(root?: string): FolderTree {
    let tree = this.#trees.get(root);
    if (tree === undefined) this.#trees.set(root, (tree = folderTreeOf(this.#foldersOf(root))));
    return tree;
  }

  /** Distinct folders whose lower-case text passes, as the models directly in them. */
  addMatching(passes: (folder: string) => boolean, into: BitSet): void {
    this.#direct.addMatching((folder) => passes(folder.toLowerCase()), into);
  }

  /** `folder`: a trailing slash is part of the name, so nothing lies there. */
  keepIn({ path, recursive }: { readonly path: string; readonly recursive: boolean }, selection: Selection): void {
    if (!recursive) selection.keep(this.#direct.get(path));
    else if (path !== '') selection.keep(this.#below.get(path));
  }

  /** `folder_include`: in any of the folders; blank ones are none. */
  keepInAny(wanted: { readonly paths: readonly string[]; readonly recursive: boolean }, selection: Selection): void {
    if (wanted.paths.length === 0) return;
    const paths = wanted.paths.filter((path) => !isBlank(path)).map(withoutSlash);
    if (wanted.recursive && paths.includes('')) return;
    selection.keep((wanted.recursive ? this.#below : this.#direct).anyOf(paths));
  }

  /** `folder_exclude`: in none of the folders nor below; one with a trailing slash means what lies below it. */
  dropInAny(unwanted: readonly string[], selection: Selection): void {
    for (const path of unwanted) {
      if (isBlank(path)) continue;
      const folder = path.endsWith('/') ? path.slice(0, -1) : path;
      const found = this.#below.anyOf([folder]);
      if (folder !== path) this.#direct.get(folder)?.takeFrom(found);
      selection.drop(found);
    }
  }

  #foldersOf(root: string | undefined): readonly string[] {
    if (root === undefined) return this.folders();
    return sortedFolders(this.#byRoot.get(root)?.values() ?? []);
  }

  #foldersIn(root: string): CountedValues {
    const known = this.#byRoot.get(root) ?? new CountedValues();
    this.#byRoot.set(root, known);
    return known;
  }

  #foldersDownTo(folder: string): readonly string[] {
    if (folder === '') return [];
    let known = this.#pathsDownTo.get(folder);
    if (known === undefined) {
      const names = folder.split('/');
      known = names.map((_, at) => names.slice(0, at + 1).join('/'));
      this.#pathsDownTo.set(folder, known);
    }
    return known;
  }

  #forget(): void {
    this.#sorted = undefined;
    this.#trees = new Map();
  }
}
