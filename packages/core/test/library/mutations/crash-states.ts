import { lstat, readFile, readdir } from 'node:fs/promises';
import { existsSync as isThere } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { ModelLibrary, ModelLibraryOptions } from '../../../src/index.js';
import { standingFolder } from '../standing-folder.js';
import { answersOf, PREFIXES } from './agreement.js';
import { hookedFiles, otherDevice, type CallHooks, type MutatingCall } from './counting-files.js';
import { SCENARIOS, scenarioFiles, type Scenario, type ScenarioName } from './scenarios.js';
import { factsOf } from './shelf-disk.js';
import { isSidecar, prefixOf, SHELF_ROOTS, stemOf } from './shelf-names.js';

/** Every file below the roots, the trash included, with what it holds; the same for the same shelf in another folder. */
export type Tree = Readonly<Record<string, string>>;

export async function treeOf(folder: string): Promise<Tree> {
  const tree: Record<string, string> = {};
  const walk = async (path: string): Promise<void> => {
    for (const name of await readdir(join(folder, path))) {
      const child = `${path}/${name}`;
      if ((await lstat(join(folder, child))).isDirectory()) await walk(child);
      else if (!isOfWriters(child) && !/^manifest(-\d+)?\.json$/.test(name)) {
        const place = child.replace(/trash\/[0-9a-f]{32}\/\d+\//, 'trash/batch/n/');
        tree[place] = await textAt(folder, child);
      }
    }
  };
  for (const root of Object.keys(SHELF_ROOTS)) await walk(root);
  return tree;
}

/** Lock files, and what a writer leaves that dies: the next one removes it. */
const isOfWriters = (path: string): boolean => /\/\.modelshelf\/(writer\.lock|[^/]*-tmp$)/.test(path);

async function textAt(folder: string, path: string): Promise<string> {
  const text = (await readFile(join(folder, path))).toString('latin1');
  if (!isSidecar(path)) return text;
  const value = Object.fromEntries(Object.entries(JSON.parse(Buffer.from(text, 'latin1').toString()) as object));
  const told = {
    ...factsOf(value),
    file_path: value['file_path'] as unknown,
    preview_url: value['preview_url'] as unknown,
  };
  return JSON.stringify(told).replaceAll(folder, '<folder>');
}

/** The model that a file is about, as far as its content tells. */
const unitOf = (path: string, content: string): string => /id-(\w+)/.exec(content)?.[1] ?? stemOf(path);

function unitsOf(tree: Tree): Map<string, Record<string, string>> {
  const units = new Map<string, Record<string, string>>();
  for (const [path, content] of Object.entries(tree)) {
    const unit = unitOf(path, content);
    units.set(unit, { ...units.get(unit), [path]: content });
  }
  return units;
}

/** What a scenario does when nothing happens to it. */
export interface Expected {
  readonly before: Tree;
  readonly after: Tree;
  readonly calls: readonly MutatingCall[];
}

/** A shelf for a scenario, and libraries over it. */
export async function scenarioShelf(name: ScenarioName) {
  const { open, at, folder, write } = await standingFolder();
  await write(scenarioFiles(at));
  const scenario: Scenario = SCENARIOS[name];
  const devices = scenario.devices === true ? otherDevice(at('more')) : undefined;
  const under = devices === undefined ? undefined : hookedFiles(devices);
  const openHooked = (hooks: CallHooks = {}, options: ModelLibraryOptions = {}): ModelLibrary =>
    open({ files: hookedFiles(hooks, under), ...options });
  return { open: openHooked, at, folder, scenario };
}

/** Runs a scenario undisturbed and counts the calls that change the disk, those of the end of the library included. */
export async function expectedOf(name: ScenarioName): Promise<Expected> {
  const { open, at, folder, scenario } = await scenarioShelf(name);
  const calls: MutatingCall[] = [];
  let isArmed = false;
  const library = open({ before: (call) => void (isArmed && calls.push(call)) });
  await library.ready;
  await library.digestAll('loras');
  const prepared = (await scenario.prepare?.(library, at)) ?? '';
  const before = await treeOf(folder);
  isArmed = true;
  await scenario.act(library, at, prepared);
  await library.close();
  return { before, after: await treeOf(folder), calls };
}

/** Fails unless a shelf is as it was or as it was to be, as a whole or model by model. */
export function expectOldOrNew(tree: Tree, { before, after }: Expected, scenario: Scenario): void {
  if (scenario.purges === true) {
    const kept = (each: Tree, isInTrash: boolean): Tree =>
      Object.fromEntries(Object.entries(each).filter(([path]) => path.includes('/trash/') === isInTrash));
    expect(kept(tree, false)).toEqual(kept(before, false));
    expect(before).toMatchObject(kept(tree, true));
    return;
  }
  if (scenario.oneByOne !== true) {
    const differences = [differenceOf(tree, before), differenceOf(tree, after)];
    if (differences.every(({ length }) => length > 0)) expect(shortest(differences), 'differs in').toEqual([]);
    return;
  }
  const [is, was, willBe] = [unitsOf(tree), unitsOf(before), unitsOf(after)];
  expect([...is.keys()].sort()).toEqual([...was.keys()].sort());
  for (const [unit, files] of is) {
    const differences = [was, willBe].map((each) => differenceOf(files, each.get(unit) ?? {}));
    if (differences.every(({ length }) => length > 0)) expect(shortest(differences), `${unit} differs in`).toEqual([]);
  }
}

/** Paths of which one has another content than the other, or which only one has. */
function differenceOf(tree: Tree, wanted: Tree): string[] {
  const paths = new Set([...Object.keys(tree), ...Object.keys(wanted)]);
  const told = (path: string): string =>
    !(path in tree) ? `lacks ${path}` : path in wanted ? `changed ${path}` : `has ${path}`;
  return [...paths].filter((path) => tree[path] !== wanted[path]).map(told);
}

const shortest = (lists: readonly string[][]): string[] =>
  [...lists].sort((a, b) => a.length - b.length)[0]?.slice(0, 8) ?? [];

/** Fails unless a library lists exactly what a full scan finds, and can be written to. */
export async function expectWorking(library: ModelLibrary, at: (path: string) => string): Promise<void> {
  await expectListed(library);
  for (const path of ['checkpoints/big', 'loras/lone', 'more/twin']) {
    const file_path = at(`${path}.safetensors`);
    if (!isThere(file_path)) continue;
    // A lock file that was being written is nobody's only after a while.
    await vi.waitFor(() => library[prefixOf(path)].addTags({ file_path, tags: ['alive'] }), {
      timeout: 30_000,
      interval: 100,
    });
  }
}

/** Fails unless a library lists exactly what a full scan finds. */
export async function expectListed(library: ModelLibrary): Promise<void> {
  await library.ready;
  const settled = async () => {
    for (const prefix of PREFIXES) await library.digestAll(prefix);
    return Promise.all(PREFIXES.map((prefix) => answersOf(library, prefix)));
  };
  // Joins the comparison that the start began.
  for (const prefix of PREFIXES) await library[prefix].scanModels();
  const told = await settled();
  for (const prefix of PREFIXES) await library[prefix].scanModels({ full_rebuild: true });
  expect(await settled()).toEqual(told);
}

/** Fails when anything is left that was to be there for a moment only; to be asked when the library was closed. */
export async function expectTidy(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /-tmp$|writer\.lock/.test(name));
  expect(names).toEqual([]);
}

/** What the files hold, wherever they are; of sidecars only whom they are about, because a move rewrites them. */
export function contentsOfTree(tree: Tree): string[] {
  return Object.entries(tree)
    .filter(([path]) => !path.startsWith('checkpoints/'))
    .map(([path, content]) => (isSidecar(path) ? `sidecar ${/id-\w+/.exec(content)?.[0] ?? ''}` : content))
    .sort();
}
