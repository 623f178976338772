import fc from 'fast-check';
import { anyPrefix, type Mutation } from './draws.js';
import { bulkDelete, dedupe, deleteModel, purge, renameModel, undoDelete } from './file-mutations.js';
import { addTags, bulkEdit, replacePreview, saveMetadata, setExcluded } from './metadata-mutations.js';
import { autoOrganize, moveBulk, moveModel, undoOrganize } from './move-mutations.js';

const rescan: Mutation = async (play, draws) => {
  await play.face(anyPrefix(draws)).scanModels({ full_rebuild: draws.number(2) === 0 });
};

/** Every mutation by its name. */
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
