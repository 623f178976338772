import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PICTURES } from '../../disk/sample-images.js';
import { BAD_NAMES, badModelPaths, badTargetFolders } from './bad-paths.js';
import { answerOf, expectNoLeak, expectRefusal, untouched } from './refusals.js';
import { json, MODEL_OF, openWritingLibrary, PREFIXES, type WritingLibrary } from './writing-library.js';
import {
  fieldsNamedPath,
  goodBodyOf,
  pathFieldsOf,
  prefixOf,
  withValueAt,
  writingBindings,
  type FieldPath,
} from './writing-routes.js';

/** What settings and counts of uses say is kept as it is and never touched. */
const NAMES_ONLY = new Set(['updateSettings', 'createLibrary', 'recordUsage']);

const OUTSIDE =
  /outside|system|\.\. out of|in an address|of another type$|root of another|share|drive|relative|new folder out/;

/** Fails when a refusal is none. */
async function refused(at: WritingLibrary, handler: string, what: unknown, ask: Promise<Response>, sent: string) {
  const answer = await answerOf(ask);
  expectRefusal(handler, answer, what);
  expectNoLeak(answer, at, sent);
  return answer;
}

describe('the list of path fields', () => {
  it('is found in the definitions: of every writing route of models, and nobody adds one unnoticed', async () => {
    const { library } = await openWritingLibrary();
    const found: string[] = [];
    for (const { definition, prefix } of writingBindings(library)) {
      if (prefix === 'checkpoints' || prefix === 'embeddings' || NAMES_ONLY.has(definition.handler)) continue;
      expect([definition.handler, pathFieldsOf(definition)]).toEqual([definition.handler, fieldsNamedPath(definition)]);
      found.push(...pathFieldsOf(definition).map((field) => `${definition.handler} ${field.join('.')}`));
    }
    expect(found.length).toBeGreaterThan(18);
    for (const field of ['moveModel target_path', 'applyDedupe groups.[].remove.[]', 'restoreTrash file_paths.[]']) {
      expect(found).toContain(field);
    }
    const uploads = writingBindings(library).filter(({ definition }) => definition.body === 'multipart');
    expect(new Set(uploads.map(({ definition }) => definition.handler))).toEqual(new Set(['replacePreview']));
  });
});

describe.each(PREFIXES)('%s', (prefix) => {
  it('W-W1: no route that takes a path touches anything outside the library', { timeout: 120_000 }, async () => {
    const at = await openWritingLibrary();
    const routes = writingBindings(at.library).filter(
      (binding) => prefixOf(binding) === prefix && !NAMES_ONLY.has(binding.definition.handler),
    );
    let asked = 0;
    for (const binding of routes) {
      const { handler } = binding.definition;
      for (const field of pathFieldsOf(binding.definition)) {
        const isFolder = field.at(-1) === 'target_path';
        const bad = isFolder ? badTargetFolders(at.folder, prefix) : badModelPaths(at.folder, prefix);
        await untouched(at, [handler, field], async () => {
          for (const [why, path] of Object.entries(bad)) {
            const body = withValueAt(goodBodyOf(binding, at.folder), field, path);
            const what = [handler, field.join('.'), why];
            const { status, text } = await refused(at, handler, what, at.send(binding.path, json(body)), path);
            asked++;
            if (!OUTSIDE.test(why) || !isStrict(handler, field)) continue;
            expect([what, status, text]).toEqual([what, 403, expect.stringContaining('"path_outside_roots"')]);
          }
        });
      }
    }
    expect(asked).toBeGreaterThan(500);
  });

  it('W-W1: a preview is stored for a model of the library only, wherever its path stands in the form', async () => {
    const at = await openWritingLibrary();
    await untouched(at, 'previews', async () => {
      for (const [why, path] of Object.entries(badModelPaths(at.folder, prefix))) {
        for (const isFirst of [true, false]) {
          const body = new FormData();
          if (isFirst) body.append('model_path', path);
          body.append('preview_file', new Blob([PICTURES.webp]), 'x.webp');
          if (!isFirst) body.append('model_path', path);
          const ask = at.send(`/api/lm/${prefix}/replace-preview`, { method: 'POST', body });
          await refused(at, 'replacePreview', [why, isFirst], ask, path.replace('\ud800', '\ufffd'));
        }
      }
    });
  });

  it('a new name that no common system takes is refused, and nothing changes', async () => {
    const at = await openWritingLibrary();
    const file_path = `${at.folder}/${MODEL_OF[prefix]}`;
    const own = MODEL_OF[prefix].replace(/^.*\/|\.\w+$/g, '');
    await untouched(at, 'names', async () => {
      for (const new_file_name of [...BAD_NAMES, own]) {
        const ask = at.send(`/api/lm/${prefix}/rename`, json({ file_path, new_file_name }));
        await refused(at, 'renameModel', new_file_name, ask, new_file_name);
      }
    });
  });
});

/** A route of one model, whose answer has no rows. */
function isStrict(handler: string, [field]: FieldPath): boolean {
  const isBulk = ['bulkEditModels', 'moveModelsBulk', 'autoOrganizeModels', 'restoreTrash'].includes(handler);
  return !isBulk && field !== 'preferred_folders';
}

describe('spellings', () => {
  const spellings = (root: string): string[] => [
    `${root}/./deep/ink.safetensors`,
    `${root}//deep///ink.safetensors`,
    `${root}/deep/../deep/ink.safetensors`,
    `${root}/../loras/deep/ink.safetensors`,
    `/..${root}/deep/./ink.safetensors`,
    'loras-0:deep/ink.safetensors',
    'loras-0:./deep//ink.safetensors',
  ];

  it('W-W20: every spelling of a path is the same model, on disk and in the catalog, for every route', async () => {
    const at = await openWritingLibrary();
    const root = `${at.folder}/loras`;
    const path = `${at.folder}/${MODEL_OF.loras}`;
    const post = async (route: string, body: object) => {
      const response = await at.send(`/api/lm/${route}`, json(body));
      const answer: { batch_id?: string } = JSON.parse(await response.text());
      expect([route, body, response.status, answer]).toMatchObject([route, body, 200, { success: true }]);
      return answer;
    };
    const item = async () => (await at.library.loras.getModels()).items.find(({ file_path }) => file_path === path);
    const sidecar = async () => JSON.parse(await readFile(path.replace('.safetensors', '.metadata.json'), 'utf8'));
    const total = (await at.library.loras.getModels()).total;
    for (const file_path of spellings(root)) {
      await post('loras/save-metadata', { file_path, notes: file_path });
      expect([(await item())?.notes, (await sidecar()).notes]).toEqual([file_path, file_path]);
      await post('loras/add-tags', { file_path, tags: [`#${file_path}`] });
      expect((await item())?.tags).toContain(`#${file_path}`.toLowerCase());
      await post('loras/bulk-edit', { file_paths: [file_path, path], replace_tags: ['one'] });
      expect([(await item())?.tags, (await sidecar()).tags]).toEqual([['one'], ['one']]);
      await post('loras/exclude', { file_path });
      expect(await item()).toBeUndefined();
      await post('loras/unexclude', { file_path });
      expect(await item()).toBeDefined();
      await post('loras/verify-duplicates', { file_paths: [file_path] });
      expect(await post('loras/auto-organize', { file_paths: [file_path], dry_run: true })).toMatchObject({
        moves: [expect.anything()],
      });
      await post('loras/rename', { file_path, new_file_name: 'other' });
      expect(await item()).toBeUndefined();
      await post('loras/rename', { file_path: file_path.replace('ink.', 'other.'), new_file_name: 'ink' });
      await post('loras/move_model', { file_path, target_path: file_path.replace(/deep\/+(\.\/)?ink.*/, 'there') });
      expect(await item()).toBeUndefined();
      await post('loras/move_model', { file_path: `${root}/there/ink.safetensors`, target_path: `${root}/deep` });
      const { batch_id } = await post('loras/delete', { file_path });
      expect([await item(), (await at.disk()).some((line) => line.startsWith(`${path} `))]).toEqual([undefined, false]);
      await post('undo-delete', { batch_id });
      expect(await item()).toMatchObject({ tags: ['one'], notes: file_path });
      expect((await at.library.loras.getModels()).total).toBe(total);
    }
  });
});
