import { expect } from 'vitest';
import { anyPrefix, type Draws, type Mutation } from './draws.js';
import { attempt, type Play } from './play.js';
import { SHELF_FOLDERS } from './random-shelf.js';
import { extensionOf, folderOf, nameOf, prefixOf, rootOf, stemOf, type Prefix } from './shelf-names.js';
import { textsOf } from './tag-rules.js';

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Whether a reported new path is one that the rules allow. */
function expectMoved(play: Play, model: string, to: string, folder: string): void {
  const own = `${folder}/${nameOf(model)}`;
  expect(folderOf(to)).toBe(folder);
  expect(extensionOf(to)).toBe(extensionOf(model));
  expect(play.oracle.isFree(model, to), `${to} was taken`).toBe(true);
  if (to === own) return;
  expect(stemOf(to).startsWith(`${stemOf(own)}-`), `${to} for ${own}`).toBe(true);
  expect(!play.oracle.isFree(model, own) || play.oracle.isDoubtful(model, own), `${own} was free`).toBe(true);
}

const targetFolder = (draws: Draws, prefix: Prefix): string => {
  const root = prefix === 'checkpoints' ? 'checkpoints' : (draws.one(['loras', 'more']) ?? 'loras');
  const below = draws.one([...SHELF_FOLDERS, 'brand/new']) ?? '';
  return below === '' ? root : `${root}/${below}`;
};

export const moveModel: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const folder = targetFolder(draws, prefixOf(model));
  const answer = await play.faceOf(model).moveModel({ file_path: play.at(model), target_path: play.at(folder) });
  const to = play.below(answer.new_file_path);
  if (folder === folderOf(model)) {
    expect(to).toBe(model);
    return;
  }
  expectMoved(play, model, to, folder);
  play.oracle.relocate(model, to);
};

export const moveBulk: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const models = draws.some(play.oracle.models(prefix));
  if (models.length === 0) return;
  const folder = targetFolder(draws, prefix);
  const answer = await play
    .face(prefix)
    .moveModelsBulk({ file_paths: models.map(play.at), target_path: play.at(folder) });
  expect(answer.results).toHaveLength(models.length);
  expect([answer.success_count, answer.failure_count]).toEqual([models.length, 0]);
  for (const row of answer.results) {
    const [model, to] = [play.below(row.original_file_path), play.below(row.new_file_path ?? '')];
    if (folder === folderOf(model)) expect(to).toBe(model);
    else {
      expectMoved(play, model, to, folder);
      play.oracle.relocate(model, to);
    }
  }
};

export const autoOrganize: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const listed = play.oracle
    .models(prefix)
    .filter((path) => !play.oracle.isExcluded(path) || play.oracle.isShared(path));
  const models = draws.number(2) === 0 ? undefined : draws.some(listed);
  if (models?.length === 0 || listed.length === 0) return;
  const isVague = listed.some((path) => play.oracle.isShared(path));
  const answer = await play
    .face(prefix)
    .autoOrganizeModels(models === undefined ? {} : { file_paths: models.map(play.at) });
  if (!('summary' in answer)) throw new Error('it was no dry run');
  const { total, success, skipped, failures } = answer.summary;
  expect(success + skipped + failures).toBe(total);
  if (isVague) {
    play.oracle.isVague = true;
    return;
  }
  expect(total).toBe((models ?? listed).length);
  const disk = await play.disk();
  const before = new Set(play.oracle.files.keys());
  let moved = 0;
  for (const model of models ?? listed) {
    const facts = play.oracle.factsOf(model);
    const tags = textsOf(facts['tags']).map((tag) => tag.toLowerCase());
    const first = ['style', 'anime'].sort(byPriority).find((tag) => tags.includes(tag)) ?? tags[0] ?? 'no tags';
    const target = `${rootOf(model)}/${textOf(facts['base_model'])}/${first}/${nameOf(model)}`.replace('//', '/');
    if (target === model) continue;
    if (disk.files.has(model) || !disk.files.has(target)) {
      const stem = stemOf(target);
      const isTaken = [...before, ...disk.files.keys()].some((path) => path.startsWith(`${stem}.`));
      expect(isTaken, `${model} was not moved to ${target}`).toBe(true);
    } else {
      moved++;
      play.oracle.relocate(model, target);
    }
  }
  expect(success).toBe(moved);
};

/** The order of the default priority tags. */
const byPriority = (a: string, b: string): number => ['anime', 'style'].indexOf(a) - ['anime', 'style'].indexOf(b);

/** What is back is where it was; if anything is in the way nothing changes. Sidecars that were edited since stay edited. */
export const undoOrganize: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  await attempt(play.face(prefix).undoAutoOrganize({}));
  play.oracle.isVague = true;
};
