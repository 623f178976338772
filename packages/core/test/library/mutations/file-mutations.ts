import { expect } from 'vitest';
import { anyPrefix, type Mutation } from './draws.js';
import { attempt } from './play.js';
import { SHELF_STEMS } from './random-shelf.js';
import { folderOf, nameOf, stemOf } from './shelf-names.js';

export const deleteModel: Mutation = async (play, draws) => {
  const model = draws.one(play.oracle.models());
  if (model === undefined) return;
  const answer = await play.faceOf(model).deleteModel({ file_path: play.at(model) });
  expect(answer).toMatchObject({ success: true, batch_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown });
  play.oracle.discard(String(answer.batch_id), [model]);
};

export const bulkDelete: Mutation = async (play, draws) => {
  const prefix = anyPrefix(draws);
  const models = draws.some(play.oracle.models(prefix));
  if (models.length === 0) return;
  const answer = await play.face(prefix).bulkDeleteModels({ file_paths: models.map(play.at) });
  expect(answer).toMatchObject({ success: true, total_deleted: models.length, total_attempted: models.length });
  play.oracle.discard(String(answer.batch_id), models);
};

export const undoDelete: Mutation = async (play, draws) => {
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

export const purge: Mutation = async (play, draws) => {
  const batch = draws.one([...play.oracle.trash.keys()]);
  if (batch === undefined || draws.number(3) > 0) return;
  await play.library.purgeTrash({ batch_ids: [batch] });
  play.oracle.trash.delete(batch);
};

export const renameModel: Mutation = async (play, draws) => {
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

/** Of every content one file stays; those that go were equal. */
export const dedupe: Mutation = async (play, draws) => {
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
