import type { ModelLibrary } from '../../../src/index.js';
import { safetensors, sidecar } from '../temp-library.js';

type At = (path: string) => string;

/** One kind of mutation on the standing shelf. */
export interface Scenario {
  /** Before the part that is cut short; its answer is handed to that part. */
  readonly prepare?: (library: ModelLibrary, at: At) => Promise<string>;
  readonly act: (library: ModelLibrary, at: At, prepared: string) => Promise<unknown>;
  /** Models change one after the other: each is as it was or as it will be. Else all of them together. */
  readonly oneByOne?: true;
  /** The trash may be half empty. */
  readonly purges?: true;
  /** Another device lies at `more`. */
  readonly devices?: true;
}

const suffixes = ['.preview.png', '.WEBP', '.civitai.info', '.txt', '.metadata.json.bak'];

/** Six loras with everything beside them, two of them with equal bytes, one with nothing, and two checkpoints. */
export function scenarioFiles(at: At): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = { 'loras/lone.safetensors': safetensors({ id: 'id-lone' }) };
  const add = (id: string, place: string, bytes: Buffer, members: Record<string, unknown> = {}): void => {
    files[`${place}.safetensors`] = bytes;
    for (const suffix of suffixes) files[place + suffix] = `${suffix} of id-${id}`;
    files[`${place}.metadata.json`] = sidecar({
      file_name: place.slice(place.lastIndexOf('/') + 1),
      file_path: at(`${place}.safetensors`),
      sha256: '',
      size: 0,
      tags: ['anime', id],
      notes: `notes of ${id}`,
      base_model: 'Pony',
      x_id: `id-${id}`,
      ...members,
    });
  };
  for (const id of ['a', 'b', 'c']) add(id, `loras/in/${id}`, safetensors({ id: `id-${id}` }));
  add('foo', 'loras/in/a.v2', safetensors({ id: 'id-foo' }));
  add('twin1', 'loras/twin', safetensors({ id: 'twins' }, 64));
  add('twin2', 'more/twin', safetensors({ id: 'twins' }, 64), { notes: 'of the other twin' });
  add('check', 'checkpoints/big', safetensors({ id: 'id-check' }));
  return files;
}

const MODELS = ['loras/in/a.safetensors', 'loras/in/b.safetensors', 'loras/in/c.safetensors'];
const A = 'loras/in/a.safetensors';

/** A picture that decodes. */
export const PICTURE: Uint8Array = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const bulkDeleted = async (library: ModelLibrary, at: At): Promise<string> => {
  const { batch_id } = await library.loras.bulkDeleteModels({ file_paths: MODELS.map(at) });
  return String(batch_id);
};

const dedupe =
  (action: 'trash' | 'hardlink') =>
  (library: ModelLibrary): Promise<unknown> =>
    library.loras.applyDedupe({ rule: 'shortest_path', action });

/** Every kind of mutation, by its name. */
export const SCENARIOS = {
  delete: { act: (library, at) => library.loras.deleteModel({ file_path: at(A) }) },
  bulkDelete: { act: bulkDeleted, oneByOne: true },
  undoDelete: {
    prepare: async (library, at) => String((await library.loras.deleteModel({ file_path: at(A) })).batch_id),
    act: (library, _, batch_id) => library.undoDelete({ batch_id }),
  },
  restore: { prepare: bulkDeleted, act: (library, _, batch_id) => library.restoreTrash({ batch_id }) },
  purge: {
    prepare: bulkDeleted,
    act: (library, _, batch_id) => library.purgeTrash({ batch_ids: [batch_id] }),
    purges: true,
  },
  rename: { act: (library, at) => library.loras.renameModel({ file_path: at(A), new_file_name: 'renamed' }) },
  caseOnlyRename: { act: (library, at) => library.loras.renameModel({ file_path: at(A), new_file_name: 'A' }) },
  move: { act: (library, at) => library.loras.moveModel({ file_path: at(A), target_path: at('loras/new/deep') }) },
  moveToOtherDevice: {
    act: (library, at) => library.loras.moveModel({ file_path: at(A), target_path: at('more/new') }),
    devices: true,
  },
  bulkMove: {
    act: (library, at) =>
      library.loras.moveModelsBulk({ file_paths: MODELS.map(at), target_path: at('loras/together') }),
    oneByOne: true,
  },
  autoOrganize: {
    act: (library, at) => library.loras.autoOrganizeModels({ file_paths: MODELS.map(at) }),
    oneByOne: true,
  },
  undoAutoOrganize: {
    prepare: async (library, at) => {
      await library.loras.autoOrganizeModels({ file_paths: MODELS.map(at) });
      return '';
    },
    act: (library) => library.loras.undoAutoOrganize({}),
    oneByOne: true,
  },
  replacePreview: {
    act: (library, at) => library.loras.replacePreview({ preview_file: PICTURE, model_path: at(A), nsfw_level: 2 }),
  },
  saveMetadata: {
    act: (library, at) =>
      library.loras.saveMetadata({ file_path: at(A), notes: 'new', model_name: 'New', tags: ['x'] }),
  },
  firstMetadata: {
    act: (library, at) => library.loras.saveMetadata({ file_path: at('loras/lone.safetensors'), notes: 'first' }),
  },
  addTags: { act: (library, at) => library.loras.addTags({ file_path: at(A), tags: ['added'] }) },
  exclude: { act: (library, at) => library.loras.excludeModel({ file_path: at(A) }) },
  unexclude: {
    prepare: async (library, at) => {
      await library.loras.excludeModel({ file_path: at(A) });
      return '';
    },
    act: (library, at) => library.loras.unexcludeModel({ file_path: at(A) }),
  },
  bulkEdit: {
    act: (library, at) =>
      library.loras.bulkEditModels({ file_paths: MODELS.map(at), add_tags: ['added'], base_model: 'SDXL 1.0' }),
    oneByOne: true,
  },
  dedupeToTrash: { act: dedupe('trash') },
  dedupeByLink: { act: dedupe('hardlink') },
} satisfies Readonly<Record<string, Scenario>>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
