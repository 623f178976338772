import { expect } from 'vitest';
import { isModelshelfError } from '../../../src/index.js';
import { PREFIXES } from './agreement.js';
import { contentsOf } from './oracle.js';
import type { Play } from './play.js';
import type { Content, ShelfDisk } from './shelf-disk.js';
import { companionsOf, isModelFile, siblingsOf } from './shelf-names.js';
import { Draws } from './draws.js';
import { MUTATIONS, type DrawnMutation } from './steps.js';

/** What tells a companion from all others; a sidecar is known by a member of its own, because edits change the rest. */
function markOf(content: Content): string {
  if (typeof content === 'string') return content;
  const id = content['x_id'];
  return typeof id === 'string' ? `sidecar of ${id}` : '';
}

/** The marks of what lies beside each model that has its stem for itself. */
function setsOf(files: ReadonlyMap<string, Content>): string[][] {
  const paths = [...files.keys()];
  const models = paths.filter((path) => isModelFile(path) && siblingsOf(path, paths).length === 0);
  const marks = (model: string): string[] =>
    companionsOf(model, paths)
      // Such a file is another model's as soon as that model gets the name.
      .filter((path) => !/foo\.(preview|v2)\./.test(path))
      .map((path) => markOf(files.get(path) ?? ''))
      .filter((mark) => / of id-\d+$/.test(mark));
  return models.map(marks);
}

/** Where a mark is: beside a model, or in a folder of the trash. */
function placesOf(disk: ShelfDisk): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const paths = [...disk.files.keys()];
  const put = (content: Content, place: string): void => {
    const mark = markOf(content);
    places.set(mark, [...(places.get(mark) ?? []), place]);
  };
  for (const model of paths.filter(isModelFile)) {
    for (const path of companionsOf(model, paths)) put(disk.files.get(path) ?? '', model);
  }
  for (const [path, content] of disk.trash) put(content, path.slice(0, path.lastIndexOf('/')));
  return places;
}

const without = (all: readonly string[], some: readonly string[]): string[] => {
  const rest = [...all];
  for (const each of some) if (rest.includes(each)) rest.splice(rest.indexOf(each), 1);
  return rest;
};

const modelsIn = (contents: Iterable<readonly [string, Content]>): string[] =>
  contentsOf([...contents].filter(([path]) => isModelFile(path)));

/**
 * Runs mutations at the same time. Whatever the order in which they took effect: no file is lost, no set of companions is
 * torn apart, and what the library lists is what a full scan finds.
 */
export async function runTogether(play: Play, drawn: readonly DrawnMutation[]): Promise<void> {
  const before = await play.disk();
  const outcomes = await Promise.allSettled(
    drawn.map(({ name, draws }) => MUTATIONS[name](play.apart(), new Draws(draws))),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    const error: unknown = outcome.reason;
    // What each of them expects holds only while it is alone.
    const isExpectation = error instanceof Error && (error.name === 'AssertionError' || 'syscall' in error);
    if (!isExpectation && !(isModelshelfError(error) && error.code !== 'internal')) throw error;
  }
  const after = await play.disk();
  const purged = [...before.batches].filter(([id]) => !after.batches.has(id)).flatMap(([, { files }]) => [...files]);
  const mayPurge = drawn.some(({ name }) => name === 'purge');
  const missing = without(modelsIn([...before.files, ...before.trash]), modelsIn([...after.files, ...after.trash]));
  expect(mayPurge ? without(missing, modelsIn(purged)) : missing).toEqual([]);
  expect(modelsIn([...after.files, ...after.trash])).toHaveLength(
    modelsIn([...before.files, ...before.trash]).length - missing.length,
  );
  const places = placesOf(after);
  const isShared = [...before.files.keys(), ...after.files.keys()].some(
    (path, _, all) => isModelFile(path) && siblingsOf(path, new Set(all)).length > 0,
  );
  // Of models that shared a stem the trash holds copies.
  const hasCopies = [...before.batches.values(), ...after.batches.values()].some(({ copies }) => copies.size > 0);
  const mayReplace = drawn.some(({ name }) => name === 'replacePreview');
  for (const set of isShared || hasCopies ? [] : setsOf(before.files)) {
    const there = set.filter((mark) => !(mayReplace || mayPurge) || places.has(mark));
    const where = new Set(there.map((mark) => (places.get(mark) ?? ['nowhere']).join(' and ')));
    expect([...where].slice(1), `${set.join(', ')} lie apart`).toEqual([]);
    expect([...where]).not.toContain('nowhere');
  }
  play.oracle.adopt(after);
  await play.settle();
  const told = await play.answers();
  await Promise.all(PREFIXES.map((prefix) => play.library[prefix].scanModels({ full_rebuild: true })));
  await play.settle();
  expect(await play.answers()).toEqual(told);
}
