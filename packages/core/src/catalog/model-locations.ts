import { isWithin, joinPath, relativeTo, toForwardSlashes } from '../disk/normalise-path.js';
import type { ModelRoot } from '../shapes/scan.js';
import type { CatalogRecord } from './catalog-record.js';

/** Models by path, by the path of a link that leads to the same file, and by address. */
export class ModelLocations {
  readonly #roots: readonly ModelRoot[];
  readonly #idByPath = new Map<string, number>();
  readonly #idByAlias = new Map<string, number>();

  constructor(roots: readonly ModelRoot[]) {
    this.#roots = roots;
  }

  get size(): number {
    return this.#idByPath.size;
  }

  /** By absolute path only. */
  idOfPath(path: string): number | undefined {
    return this.#idByPath.get(path);
  }

  /** By absolute path or by that of a link. */
  idOf(path: string): number | undefined {
    return this.#idByPath.get(path) ?? this.#idByAlias.get(path);
  }

  /** The absolute path that a location means: a path, or an address `<root id>:<path below the root>`. */
  pathOf(location: string): string {
    const path = toForwardSlashes(location);
    if (this.idOf(path) !== undefined) return path;
    const root = this.#roots.find(({ id }) => path.startsWith(`${id}:`));
    return root === undefined ? path : joinPath(root.path, path.slice(root.id.length + 1));
  }

  /** The address of a path below a root, the one given if any; undefined outside. */
  addressOf(path: string, knownRoot: string | undefined): { root: string; path: string } | undefined {
    const [root] = this.#roots
      .filter((each) => (knownRoot === undefined ? isWithin(each.path, path) : each.id === knownRoot))
      .sort((a, b) => b.path.length - a.path.length);
    return root && { root: root.id, path: relativeTo(root.path, path) };
  }

  add({ id, entry, aliases }: CatalogRecord): void {
    this.#idByPath.set(entry.file_path, id);
    for (const alias of aliases) this.#idByAlias.set(alias, id);
  }

  remove({ id, entry, aliases }: CatalogRecord): void {
    this.#idByPath.delete(entry.file_path);
    this.#forget(aliases, id);
  }

  /** Exchanges a record for a newer one with the same path. */
  replace(before: CatalogRecord, { id, aliases }: CatalogRecord): void {
    this.#forget(before.aliases, id);
    for (const alias of aliases) this.#idByAlias.set(alias, id);
  }

  /** A link that was pointed elsewhere may be another model's by now. */
  #forget(aliases: readonly string[], id: number): void {
    for (const alias of aliases) if (this.#idByAlias.get(alias) === id) this.#idByAlias.delete(alias);
  }
}
