import { existsSync } from 'node:fs';
import { expect } from 'vitest';
import { anyPrefix, type Mutation } from './draws.js';
import { contentAt } from './shelf-disk.js';
import { attempt, type Play } from './play.js';
import { SHELF_BASES, SHELF_TAGS } from './random-shelf.js';
import { PICTURE } from './scenarios.js';
import { isOfSharedStem, previewsOf, sidecarOf, stemOf } from './shelf-names.js';
import { lowered, textsOf, withTags } from './tag-rules.js';

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
  // What says the same as before need not be written.
  const wasBare = !play.oracle.files.has(sidecarOf(model));
  play.oracle.edit(model, change);
  if (wasBare && !existsSync(play.at(sidecarOf(model)))) {
    const said = play.oracle.factsOf(model);
    play.oracle.files.delete(sidecarOf(model));
    expect(said).toEqual(play.oracle.factsOf(model));
  }
}

export const setExcluded =
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

export const saveMetadata: Mutation = async (play, draws) => {
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

export const addTags: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const tags = [...draws.some(SHELF_TAGS), ' New Tag', ''];
  await edit(play, model, play.faceOf(model).addTags({ file_path: play.at(model), tags }), (facts) => ({
    ...facts,
    tags: withTags(textsOf(facts['tags']), tags),
  }));
};

export const bulkEdit: Mutation = async (play, draws) => {
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

export const replacePreview: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const outcome = await attempt(
    play.faceOf(model).replacePreview({ preview_file: PICTURE, model_path: play.at(model), nsfw_level: 2 }),
  );
  if (!outcome.ok) {
    expect([outcome.code, play.oracle.isShared(model)]).toEqual(['conflict', true]);
    return;
  }
  const path = play.below(decodeURIComponent(/path=([^&]*)/.exec(outcome.value.preview_url)?.[1] ?? ''));
  expect(outcome.value.preview_nsfw_level).toBe(2);
  const isShared = play.oracle.isShared(model);
  expect(stemOf(path)).toBe(isShared ? model : stemOf(model));
  for (const old of previewsOf(model, play.oracle.files.keys())) {
    // The others of the stem show the rest.
    if (!isShared || isOfSharedStem(model, old)) play.oracle.files.delete(old);
  }
  play.oracle.files.set(path, await contentAt(play.at(path)));
  play.oracle.edit(model, (facts) => facts);
};
