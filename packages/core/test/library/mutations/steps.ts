import fc from 'fast-check';
import { expect } from 'vitest';
import { attempt, type Play } from './play.js';
import { SHELF_BASES, SHELF_FOLDERS, SHELF_STEMS, SHELF_TAGS } from './random-shelf.js';
import { extensionOf, folderOf, nameOf, prefixOf, previewsOf, rootOf, stemOf, type Prefix } from './shelf-names.js';
import { contentAt } from './oracle.js';

/** Draws from what there is at the moment; the numbers come from fast-check, so that they shrink. */
export class Draws {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  number(below: number): number {
    const drawn = this.#numbers[this.#at++ % this.#numbers.length] ?? 0;
    return below === 0 ? 0 : drawn % below;
  }

  one<T>(values: readonly T[]): T | undefined {
    return values[this.number(values.length)];
  }

  some<T>(values: readonly T[], most = 4): T[] {
    const count = 1 + this.number(most);
    const drawn = Array.from({ length: count }, () => this.one(values)).filter((each) => each !== undefined);
    return [...new Set(drawn)];
  }
}

/** One mutation: calls the library, checks the answer, tells the oracle. */
export type Mutation = (play: Play, draws: Draws) => Promise<void>;

const lowered = (tags: readonly string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== '')),
];

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

const withTags = (before: readonly string[], added: readonly string[]): string[] => {
  const all = [...before];
  for (const tag of lowered(added)) if (!all.some((each) => each.toLowerCase() === tag)) all.push(tag);
  return all;
};

/** A model that no other shares its stem with refuses no edit; of those that do one owns the sidecar. */
async function edit(
  play: Play,
  model: string,
  call: Promise<unknown>,
  change: (facts: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const outcome = await attempt(call);
  if (!outcome.ok) {
    expect([outcome.code, play.oracle.isShared(model)]).toEqual(['conflict', true]);
    return;
  }
  play.oracle.edit(model, change);
}

const anyPrefix = (draws: Draws): Prefix => (draws.number(2) === 0 ? 'loras' : 'checkpoints');

const deleteModel: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const answer = await play.faceOf(model).deleteModel({ file_path: play.at(model) });
  expect(answer).toMatchObject({ success: true, batch_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown });
  play.oracle.discard(String(answer.batch_id), [model]);
};

const bulkDelete: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const models = draws.some(play.oracle.models(prefix));
  if (models.length === 0) return;
  const answer = await play.face(prefix).bulkDeleteModels({ file_paths: models.map(play.at) });
  expect(answer).toMatchObject({ success: true, total_deleted: models.length, total_attempted: models.length });
  play.oracle.discard(String(answer.batch_id), models);
};

const undoDelete: Mutation = async (play, draws) => {
  const batch = draws.one([...play.oracle.trash.keys(), '0'.repeat(32)]) ?? '';
  const outcome = await attempt(
    draws.number(2) === 0
      ? play.library.undoDelete({ batch_id: batch })
      : play.library.restoreTrash({ batch_id: batch }),
  );
  if (!play.oracle.trash.has(batch)) expect(outcome).toEqual({ ok: false, code: 'not_found' });
  else if (!play.oracle.isRestorable(batch)) expect(outcome).toEqual({ ok: false, code: 'conflict' });
  else {
    expect(outcome.ok).toBe(true);
    play.oracle.restore(batch);
  }
};

const purge: Mutation = async (play, draws) => {
  const batch = draws.one([...play.oracle.trash.keys()]);
  if (batch === undefined || draws.number(3) > 0) return;
  await play.library.purgeTrash({ batch_ids: [batch] });
  play.oracle.trash.delete(batch);
};

const setExcluded =
  (exclude: boolean): Mutation =>
  async (play, draws) => {
    const model = draws.one(play.oracle.models());
    if (model === undefined) return;
    const face = play.faceOf(model);
    const input = { file_path: play.at(model) };
    const call = exclude ? face.excludeModel(input) : face.unexcludeModel(input);
    // What says the same already is not written.
    if (play.oracle.isExcluded(model) === exclude) {
      await attempt(call);
      return;
    }
    await edit(play, model, call, (facts) => ({ ...facts, exclude }));
  };

const saveMetadata: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const updates = {
    ...(draws.number(2) === 0 ? { notes: `note ${String(draws.number(50))} ✎` } : {}),
    ...(draws.number(2) === 0 ? { tags: [' Anime ', 'anime', ...draws.some(SHELF_TAGS)] } : {}),
    ...(draws.number(3) === 0 ? { model_name: `Renamed ${String(draws.number(20))}` } : {}),
    ...(draws.number(3) === 0 ? { favorite: draws.number(2) === 0 } : {}),
    ...(draws.number(3) === 0 ? { base_model: draws.one(SHELF_BASES) ?? '' } : {}),
    ...(draws.number(4) === 0 ? { x_more: { n: draws.number(9) } } : {}),
  };
  if (Object.keys(updates).length === 0) return;
  const hadSidecar = play.oracle.files.has(`${stemOf(model)}.metadata.json`);
  await edit(play, model, play.faceOf(model).saveMetadata({ file_path: play.at(model), ...updates }), (facts) => ({
    ...facts,
    ...updates,
    ...('tags' in updates ? { tags: lowered(updates.tags ?? []) } : {}),
    // Merged one level deep onto what is an object already.
    ...('x_more' in updates ? { x_more: { ...Object(facts['x_more'] ?? {}), ...updates.x_more } } : {}),
  }));
  expect(hadSidecar || !play.oracle.isShared(model) || play.oracle.isVague).toBe(true);
};

const addTags: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const tags = [...draws.some(SHELF_TAGS), ' New Tag', ''];
  await edit(play, model, play.faceOf(model).addTags({ file_path: play.at(model), tags }), (facts) => ({
    ...facts,
    tags: withTags(textsOf(facts['tags']), tags),
  }));
};

const bulkEdit: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const models = draws.some(play.oracle.models(prefix));
  if (models.length === 0) return;
  const add_tags = draws.some(SHELF_TAGS, 2);
  const remove_tags = draws.some(SHELF_TAGS, 2);
  const answer = await play
    .face(prefix)
    .bulkEditModels({ file_paths: models.map(play.at), add_tags, remove_tags, base_model: 'Pony' });
  expect(answer.results.map(({ file_path }) => file_path).sort()).toEqual(models.map(play.at).sort());
  for (const row of answer.results) {
    const model = play.below(row.file_path);
    if (!row.success) expect([row.code, play.oracle.isShared(model)]).toEqual(['conflict', true]);
    else if (row.changed) {
      play.oracle.edit(model, (facts) => {
        const removed = lowered(remove_tags);
        const rest = textsOf(facts['tags']).filter((tag) => !removed.includes(tag.trim().toLowerCase()));
        return { ...facts, tags: withTags(rest, add_tags), base_model: 'Pony' };
      });
    }
  }
};

const renameModel: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const name =
    draws.one([...SHELF_STEMS, nameOf(stemOf(model)).toUpperCase(), 'new name', 'a/b', '..', 'foo.v2.x']) ?? '';
  const to = `${folderOf(model)}/${name}${nameOf(model).slice(nameOf(stemOf(model)).length)}`;
  const outcome = await attempt(play.faceOf(model).renameModel({ file_path: play.at(model), new_file_name: name }));
  if (name === 'a/b' || name === '..') expect(outcome).toEqual({ ok: false, code: 'validation_failed' });
  else if (!play.oracle.isFree(model, to)) expect(outcome).toEqual({ ok: false, code: 'conflict' });
  else if (play.oracle.isDoubtful(model, to) && !outcome.ok) expect(outcome.code).toBe('conflict');
  else {
    expect(outcome).toMatchObject({ ok: true, value: { success: true, new_file_path: play.at(to) } });
    if (outcome.ok) expect(outcome.value.renamed_files[0]).toBe(play.at(to));
    play.oracle.relocate(model, to);
  }
};

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

const moveModel: Mutation = async (play, draws) => {
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

const moveBulk: Mutation = async (play, draws) => {
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

const replacePreview: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const png = onePixel();
  const outcome = await attempt(
    play.faceOf(model).replacePreview({ preview_file: png, model_path: play.at(model), nsfw_level: 2 }),
  );
  if (!outcome.ok) {
    expect([outcome.code, play.oracle.isShared(model)]).toEqual(['conflict', true]);
    return;
  }
  const path = play.below(decodeURIComponent(/path=([^&]*)/.exec(outcome.value.preview_url)?.[1] ?? ''));
  expect(outcome.value.preview_nsfw_level).toBe(2);
  expect(stemOf(path)).toBe(stemOf(model));
  for (const old of previewsOf(model, play.oracle.files.keys())) play.oracle.files.delete(old);
  play.oracle.files.set(path, await contentAt(play.at(path)));
  play.oracle.edit(model, (facts) => facts);
};

const autoOrganize: Mutation = async (play, draws) => {
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
    const target = `${rootOf(model)}/${String(facts['base_model'] ?? '')}/${first}/${nameOf(model)}`.replace('//', '/');
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
const undoOrganize: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  await attempt(play.face(prefix).undoAutoOrganize({}));
  play.oracle.isVague = true;
};

/** Of every content one file stays; those that go were equal. */
const dedupe: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const action = draws.number(2) === 0 ? 'trash' : 'hardlink';
  const rule = draws.one(['oldest', 'newest', 'shortest_path', 'with_metadata'] as const) ?? 'oldest';
  const { groups } = await play.face(prefix).planDedupe({ rule });
  for (const { keep, remove } of groups) {
    const contents = [keep, ...remove].map((path) => play.oracle.files.get(play.below(path)));
    expect(new Set(contents).size).toBe(1);
  }
  const answer = await play.face(prefix).applyDedupe({ rule, action });
  const removed = groups.flatMap(({ remove }) => remove);
  expect(answer.results.map(({ file_path, success }) => [file_path, success]).sort()).toEqual(
    removed.map((path) => [path, true]).sort(),
  );
  expect(answer.total_removed).toBe(removed.length);
  if (action === 'trash' && removed.length > 0)
    play.oracle.discard(
      String(answer.batch_id),
      removed.map((path) => play.below(path)),
    );
  else expect(answer.batch_id).toBeNull();
};

const rescan: Mutation = async (play, draws) => {
  await play.face(anyPrefix(draws)).scanModels({ full_rebuild: draws.number(2) === 0 });
};

export const MUTATIONS = {
  deleteModel,
  bulkDelete,
  undoDelete,
  purge,
  exclude: setExcluded(true),
  unexclude: setExcluded(false),
  saveMetadata,
  addTags,
  bulkEdit,
  renameModel,
  moveModel,
  moveBulk,
  replacePreview,
  autoOrganize,
  undoOrganize,
  dedupe,
  rescan,
} as const;

export type MutationName = keyof typeof MUTATIONS;

const mutation = fc.record({
  name: fc.constantFrom(
    ...(Object.keys(MUTATIONS) as MutationName[]).filter((name) =>
      (process.env['MODELSHELF_ONLY'] ?? name).split(',').includes(name),
    ),
  ),
  draws: fc.array(fc.nat(997), { minLength: 8, maxLength: 8 }),
});

export type DrawnMutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

/** One mutation alone, or some at the same time. */
export const step = fc.oneof(
  { weight: 12, arbitrary: mutation.map((each) => [each]) },
  { weight: 1, arbitrary: fc.array(mutation, { minLength: 2, maxLength: 4 }) },
);

/** A PNG of one pixel. */
function onePixel(): Uint8Array {
  return Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
}
