// The plain semantics of duplicates, conflicts, folders and relative paths; see naive-query.ts.
import type { ModelFilter } from '../../src/catalog/model-filter.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { naiveMatch, type NaiveLibrary } from './naive-query.js';

function groupsOf<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups].filter(([, members]) => members.length > 1);
}

/** SHA-256 to the paths of its group, the likely original first. */
export function naiveDuplicates(library: NaiveLibrary, filter: ModelFilter): Record<string, string[]> {
  const computed = library.models.filter(
    ({ digest, entry }) => digest === 'computed' && entry.sha256 !== '' && naiveMatch(entry, filter, library),
  );
  const groups = groupsOf(computed, ({ entry }) => entry.sha256);
  return Object.fromEntries(groups.map(([hash, members]) => [hash, originalFirst(members)]));
}

function originalFirst(members: readonly ScannedModel[]): string[] {
  const names = members.map(({ entry }) => entry.file_name);
  const shortest = Math.min(...names.map((name) => name.length));
  const score = (name: string): number =>
    name.length -
    shortest +
    (/-\d\d\d\d$/.test(name) ? 100 : 0) +
    (/\(\d+\)/.test(name) ? 50 : 0) +
    (name.toLowerCase().includes('copy') ? 50 : 0);
  return [...members]
    .sort(({ entry: a }, { entry: b }) => {
      const [x, y] = [a.file_name.toLowerCase(), b.file_name.toLowerCase()];
      return score(a.file_name) - score(b.file_name) || (x < y ? -1 : x > y ? 1 : 0);
    })
    .map(({ entry }) => entry.file_path);
}

/** Stem to the paths of the models that share it. */
export function naiveConflicts({ models }: NaiveLibrary): Record<string, string[]> {
  const groups = groupsOf(models, ({ entry }) => entry.file_name);
  return Object.fromEntries(groups.map(([name, members]) => [name, members.map(({ entry }) => entry.file_path)]));
}

/** Folder paths of one root, or of all, as a tree. */
export function naiveTree({ models }: NaiveLibrary, root?: string): object {
  const tree = {};
  for (const model of models) {
    if (root !== undefined && model.root !== root) continue;
    let branch: Record<string, unknown> = tree;
    for (const name of model.entry.folder.split('/').filter((part) => part !== '')) {
      branch = (branch[name] ??= {}) as Record<string, unknown>;
    }
  }
  return tree;
}

/** Relative paths that contain all words and none of the unwanted ones, best first. */
export function naiveRelativePaths(
  library: NaiveLibrary,
  { search, filter, limit, offset }: { search: string; filter: ModelFilter | undefined; limit: number; offset: number },
): string[] {
  const words = search.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const isUnwanted = (word: string): boolean => word.startsWith('-') && word.length > 1;
  const unwanted = words.filter(isUnwanted).map((word) => word.slice(1));
  const wanted = words.filter((word) => !isUnwanted(word));
  return library.models
    .filter(({ entry }) => filter === undefined || naiveMatch(entry, filter, library))
    .map(({ entry: { folder, file_path: path } }) => {
      const name = path.slice(path.lastIndexOf('/') + 1);
      const relative = folder === '' ? name : `${folder}/${name}`;
      const text = relative.toLowerCase().replace(/\.(safetensors|ckpt|pt|bin)$/, '');
      const places = wanted.map((word) => text.indexOf(word));
      const prefixes = places.filter((place) => place === 0).length;
      return { relative, text, prefixes, first: Math.min(...places), all: places.every((place) => place >= 0) };
    })
    .filter(({ text, all }) => all && !unwanted.some((word) => text.includes(word)))
    .sort((a, b) => {
      const [x, y] = [a.relative.toLowerCase(), b.relative.toLowerCase()];
      return (
        b.prefixes - a.prefixes ||
        (wanted.length === 0 ? 0 : a.first - b.first) ||
        a.relative.length - b.relative.length ||
        (x < y ? -1 : x > y ? 1 : a.relative < b.relative ? -1 : a.relative > b.relative ? 1 : 0)
      );
    })
    .slice(offset, offset + limit)
    .map(({ relative }) => relative);
}
