import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ModelLibrary } from '../../../src/index.js';
import { isListed, nameOf, prefixOf, previewsOf, rootOf, stemOf, folderOf, type Prefix } from './shelf-names.js';
import type { ShelfDisk } from './shelf-disk.js';
import type { Oracle } from './oracle.js';

export const PREFIXES: readonly Prefix[] = ['loras', 'checkpoints'];

export type Item = Awaited<ReturnType<ModelLibrary['loras']['getModels']>>['items'][number];

const byPath = (a: Item, b: Item): number => (a.file_path < b.file_path ? -1 : 1);
const ranked = (rows: readonly { count: number }[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

/** Everything that a library answers about the models of one type. */
export async function answersOf(library: ModelLibrary, prefix: Prefix) {
  const face = library[prefix];
  const { items } = await face.getModels({ page_size: 100, sort_by: 'name' });
  const excluded = await face.getExcludedModels({ page_size: 100 });
  const duplicates = await face.findDuplicateModels();
  return {
    items: [...items].sort(byPath),
    order: items.map(({ file_path }) => file_path),
    // Nobody waits for the digests of what is excluded.
    excluded: [...excluded.items].sort(byPath).map((item) => ({ ...item, sha256: '' })),
    tags: ranked((await face.getTopTags({ limit: 0 })).tags),
    bases: ranked((await face.getBaseModels({ limit: 0 })).base_models),
    folders: (await face.getFolders()).folders,
    duplicates: duplicates.duplicates
      .map(({ hash, models }) => [hash, ...models.map(({ file_path }) => file_path).sort()].join(' '))
      .sort(),
  };
}

export type Answers = Awaited<ReturnType<typeof answersOf>>;

function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Fails when the answers of a library contradict each other, or the bytes on disk. */
export async function expectConsistent(
  library: ModelLibrary,
  prefix: Prefix,
  disk: ShelfDisk,
  at: (path: string) => string,
  hasStatedDigests: boolean,
) {
  const answers = await answersOf(library, prefix);
  const { items, excluded } = answers;
  const listed = [...disk.files.keys()].filter((path) => isListed(path) && prefixOf(path) === prefix).map(at);
  expect([...items, ...excluded].map(({ file_path }) => file_path).sort()).toEqual(listed.sort());
  expect(items.every(({ exclude }) => !exclude)).toBe(true);
  expect(excluded.every(({ exclude }) => exclude)).toBe(true);
  const tags = [...counted(items.flatMap((item) => [...new Set(item.tags)]))].map(([tag, count]) => ({ tag, count }));
  expect(answers.tags).toEqual(ranked(tags));
  const bases = [...counted(items.map(({ base_model }) => base_model))].map(([name, count]) => ({ name, count }));
  expect(answers.bases).toEqual(ranked(bases));
  expect([...answers.folders].sort()).toEqual([...new Set(items.map(({ folder }) => folder))].sort());
  const hashed = new Map<string, string[]>();
  for (const { file_path, sha256 } of items) {
    const content = disk.files.get(file_path.slice(at('').length));
    if (typeof content !== 'string') throw new Error(`${file_path} is not there`);
    expect([file_path, sha256]).toEqual([file_path, createHash('sha256').update(content, 'latin1').digest('hex')]);
    hashed.set(sha256, [...(hashed.get(sha256) ?? []), file_path]);
  }
  for (const [hash, paths] of hashed) {
    const found = await library[prefix].getModels({ hash });
    expect(found.items.map(({ file_path }) => file_path).sort()).toEqual(paths.sort());
  }
  const groups = [...hashed].filter(([, paths]) => paths.length > 1).map(([hash, paths]) => [hash, ...paths].join(' '));
  // Large files of which a sidecar states the digest are read on demand only, and are duplicates once they were.
  if (!hasStatedDigests || prefix !== 'checkpoints') expect(answers.duplicates).toEqual(groups.sort());
  for (const { preview_url } of [...items, ...excluded]) {
    const path = decodeURIComponent(/[?&]path=([^&]*)/.exec(preview_url)?.[1] ?? '');
    if (path !== '') expect(disk.files.has(path.slice(at('').length)), `the preview ${path}`).toBe(true);
  }
  return answers;
}

/** Fails when a library says something of a model that has its stem for itself which the oracle does not say. */
export function expectAsOracle(
  oracle: Oracle,
  prefix: Prefix,
  { items, excluded }: Answers,
  at: (path: string) => string,
): void {
  const told = new Map([...items, ...excluded].map((item) => [item.file_path, item]));
  for (const model of oracle.models(prefix)) {
    if (oracle.isShared(model)) continue;
    const facts = oracle.factsOf(model);
    const item = told.get(at(model));
    expect(item).toMatchObject({
      file_name: nameOf(stemOf(model)),
      folder: folderOf(model).slice(rootOf(model).length + 1),
      model_name: facts['model_name'],
      base_model: facts['base_model'] ?? '',
      tags: facts['tags'] ?? [],
      notes: facts['notes'] ?? '',
      favorite: facts['favorite'] ?? false,
      exclude: facts['exclude'] ?? false,
    });
    if (previewsOf(model, oracle.files.keys()).some((path) => !/\.(mov|avi)$/i.test(path))) {
      expect(item?.preview_url, `a preview of ${model}`).not.toBe('');
    }
  }
}
