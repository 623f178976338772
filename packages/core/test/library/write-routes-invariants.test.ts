import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PICTURES } from '../disk/sample-images.js';
import { answerOf, untouched } from './write-input/refusals.js';
import { json, MODEL_OF, openWritingLibrary, type WritingLibrary } from './write-input/writing-library.js';

const INK = MODEL_OF.loras;

/** A writing library whose routes are asked as clients ask them. */
async function open() {
  const at = await openWritingLibrary();
  const path = join(at.folder, INK);
  const post = async (route: string, body: object, status = 200): Promise<Record<string, string>> => {
    const answer = await answerOf(at.send(`/api/lm/${route}`, json(body)));
    expect([route, answer.status, answer.text]).toEqual([route, status, answer.text]);
    return JSON.parse(answer.text);
  };
  const items = async (search = ''): Promise<Item[]> => {
    const { items } = JSON.parse(await (await at.send(`/api/lm/loras/list?page_size=100${search}`)).text());
    return items;
  };
  const paths = async (search?: string) => (await items(search)).map(({ file_path }) => file_path);
  const sidecar = async (model = path) => JSON.parse(await readFile(model.replace(/\.\w+$/, '.metadata.json'), 'utf8'));
  const sha = (await items()).find(({ file_path }) => file_path === path)?.sha256 ?? '';
  const upload = (level: string): Promise<Response> => {
    const body = new FormData();
    body.append('preview_file', new Blob([PICTURES.webp]), 'x.webp');
    body.append('model_path', path);
    body.append('nsfw_level', level);
    return at.send('/api/lm/loras/replace-preview', { method: 'POST', body });
  };
  return { at, path, post, items, paths, sidecar, sha, upload };
}

interface Item {
  readonly file_path: string;
  readonly file_name: string;
  readonly model_name: string;
  readonly folder: string;
  readonly sha256: string;
  readonly tags: readonly string[];
  readonly preview_url: string;
  readonly preview_nsfw_level: number;
}

/** The model files below the loras that the library may list. */
async function modelsOnDisk({ folder }: WritingLibrary): Promise<string[]> {
  const files = await readdir(join(folder, 'loras'), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.safetensors') && !file.parentPath.includes('.modelshelf'))
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => !path.endsWith('late.safetensors'))
    .sort();
}

describe('the catalog after a mutation', () => {
  it("After a 200 from delete, `raw` has no entry with that path and the hash index does not resolve the model's hash to that path.", async () => {
    const { path, post, paths, sha } = await open();
    expect(await paths(`&hash=${sha}`)).toEqual([path]);
    const { batch_id } = await post('loras/delete', { file_path: path });
    expect([await paths(), await paths(`&hash=${sha}`)]).toEqual([expect.not.arrayContaining([path]), []]);
    await post('undo-delete', { batch_id });
    expect(await paths(`&hash=${sha}`)).toEqual([path]);
  });

  it('After exclude, bulk-delete and rename, the same holds for the old path; after rename and move the new path is in both.', async () => {
    const { at, path, post, paths, sha } = await open();
    const gone = async (old: string): Promise<void> => {
      expect([await paths(), await paths(`&hash=${sha}`)]).toEqual([
        expect.not.arrayContaining([old]),
        expect.not.arrayContaining([old]),
      ]);
    };
    await post('loras/exclude', { file_path: path });
    await gone(path);
    await post('loras/unexclude', { file_path: path });
    expect(await paths(`&hash=${sha}`)).toEqual([path]);
    const { new_file_path: renamed = '' } = await post('loras/rename', { file_path: path, new_file_name: 'renamed' });
    await gone(path);
    expect([await paths(), await paths(`&hash=${sha}`)]).toEqual([expect.arrayContaining([renamed]), [renamed]]);
    const target_path = join(at.folder, 'loras/moved');
    const { new_file_path: moved = '' } = await post('loras/move_model', { file_path: renamed, target_path });
    await gone(renamed);
    expect([await paths(), await paths(`&hash=${sha}`)]).toEqual([expect.arrayContaining([moved]), [moved]]);
    await post('loras/bulk-delete', { file_paths: [moved] });
    await gone(moved);
  });

  it('The cache is mutated before the response is sent, so a list call made after the response sees the change.', async () => {
    const { at, path, post, items } = await open();
    let current = path;
    for (let round = 0; round < 8; round++) {
      const tag = `round ${String(round)}`;
      await post('loras/add-tags', { file_path: current, tags: [tag] });
      expect((await items(`&tag=${encodeURIComponent(tag)}`)).map(({ file_path }) => file_path)).toEqual([current]);
      const target_path = join(at.folder, `loras/at ${String(round)}`);
      const { new_file_path = '' } = await post('loras/move_model', { file_path: current, target_path });
      current = new_file_path;
      const [item] = await items(`&folder=${encodeURIComponent(`at ${String(round)}`)}`);
      expect(item?.file_path).toBe(current);
    }
  });

  it('The cache object identity a reader holds may be replaced, but `raw`, folders, version index, tag counts and hash index agree with each other when no mutation is in flight.', async () => {
    const { at, path, post, items, paths } = await open();
    const [held] = await items();
    const agree = async (): Promise<void> => {
      const all = await items();
      const face = at.library.loras;
      expect((await face.getFolders()).folders.toSorted()).toEqual(
        [...new Set(all.map(({ folder }) => folder))].sort(),
      );
      const counts = new Map<string, number>();
      for (const tag of all.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
      const { tags } = await face.getTopTags({ limit: 0 });
      expect(new Map(tags.map(({ tag, count }) => [tag, count]))).toEqual(counts);
      for (const { sha256, file_path } of all) {
        if (sha256 !== '') expect(await paths(`&hash=${sha256}`)).toContain(file_path);
      }
      expect(all.map(({ file_path }) => file_path).sort()).toEqual(await modelsOnDisk(at));
    };
    await agree();
    const steps: [string, object][] = [
      ['loras/add-tags', { file_path: path, tags: ['one', 'two'] }],
      ['loras/bulk-edit', { filter: { folder: 'twins' }, add_tags: ['twin'] }],
      ['loras/rename', { file_path: path, new_file_name: 'other' }],
      [
        'loras/move_models_bulk',
        { file_paths: ['loras-0:deep/other.safetensors'], target_path: join(at.folder, 'loras') },
      ],
      ['loras/auto-organize', { file_paths: ['loras-0:other.safetensors', 'loras-0:plain.safetensors'] }],
      ['loras/auto-organize/undo', {}],
      ['loras/bulk-delete', { file_paths: ['loras-0:twins/one.safetensors', 'loras-0:plain.safetensors'] }],
      ['loras/dedupe', { rule: 'oldest', action: 'trash' }],
      ['loras/save-metadata', { file_path: 'loras-0:other.safetensors', tags: [], civitai: { id: 5, modelId: 6 } }],
    ];
    for (const [route, body] of steps) {
      await post(route, body);
      await agree();
    }
    // What a reader holds is its own.
    expect(held?.file_path).toBeDefined();
  });

  it('After save-metadata with a new `model_name`, a name-sorted listing is in the new order at once, over HTTP too.', async () => {
    const { path, post, paths } = await open();
    for (const [model_name, at] of [
      ['0 first', 0],
      ['zz last', -1],
    ] as const) {
      await post('loras/save-metadata', { file_path: path, model_name });
      expect((await paths('&sort_by=name')).at(at)).toBe(path);
      expect((await paths('&sort_by=name:desc')).at(-1 - at)).toBe(path);
    }
  });
});

describe('files after a mutation', () => {
  it("After replace-preview with level 2: the file exists, the sidecar's `preview_url` and `preview_nsfw_level` equal the cache's, and the response `preview_url` is the static URL of that same path, from which its bytes come.", async () => {
    const { at, path, items, sidecar, upload } = await open();
    const response = await upload('2');
    const { preview_url, preview_nsfw_level } = JSON.parse(await response.text());
    const file = path.replace('.safetensors', '.webp');
    expect([response.status, preview_url]).toEqual([200, `/api/lm/previews?path=${encodeURIComponent(file)}`]);
    expect((await stat(file)).isFile()).toBe(true);
    expect(await sidecar()).toMatchObject({ preview_url: file, preview_nsfw_level: 2 });
    const item = (await items()).find(({ file_path }) => file_path === path);
    expect(item).toMatchObject({ preview_url, preview_nsfw_level });
    expect(Buffer.from(await (await at.send(preview_url)).arrayBuffer())).toEqual(PICTURES.webp);
  });

  it('A move request for one file either reports the new path with every companion there, or reports failure; a bulk move reports one row per processed file and `success_count + failure_count = rows`.', async () => {
    const { at, path, post } = await open();
    const there = async (folder: string) => (await readdir(join(at.folder, folder))).sort();
    const companions = ['ink.civitai.info', 'ink.metadata.json', 'ink.png', 'ink.safetensors'];
    expect(await there('loras/deep')).toEqual(companions);
    const answer = await post('loras/move_model', { file_path: path, target_path: 'loras-0:new' });
    expect(answer['new_file_path']).toBe(join(at.folder, 'loras/new/ink.safetensors'));
    expect(await there('loras/new')).toEqual(companions);
    await untouched(at, 'failure', async () => {
      await post('loras/move_model', { file_path: 'loras-0:new/ink.safetensors', target_path: at.folder }, 403);
    });
    const file_paths = [
      'loras-0:new/ink.safetensors',
      '/nowhere',
      'loras-0:nobody.safetensors',
      'loras-0:plain.safetensors',
    ];
    const bulk = await post('loras/move_models_bulk', { file_paths, target_path: 'loras-0:bulk' });
    expect(bulk).toMatchObject({ success: true, success_count: 2, failure_count: 2 });
    expect(bulk['results']).toHaveLength(file_paths.length);
    expect(await there('loras/bulk')).toEqual([...companions, 'plain.safetensors']);
  });

  it('A move never overwrites an existing model file.', async () => {
    const { at, path, post } = await open();
    const target = join(at.folder, 'loras/taken');
    await post('loras/move_model', { file_path: 'loras-0:plain.safetensors', target_path: target });
    await writeFile(join(target, 'ink.safetensors'), 'came from elsewhere');
    await writeFile(join(target, 'ink-0000.safetensors'), 'this one too');
    const { new_file_path = '' } = await post('loras/move_model', { file_path: path, target_path: target });
    expect(await readFile(join(target, 'ink.safetensors'), 'utf8')).toBe('came from elsewhere');
    expect(await readFile(join(target, 'ink-0000.safetensors'), 'utf8')).toBe('this one too');
    expect(new_file_path.startsWith(join(target, 'ink-'))).toBe(true);
    expect((await stat(new_file_path)).isFile()).toBe(true);
  });

  it('Unknown sidecar keys survive every write route.', async () => {
    const { at, path, post, sidecar, upload } = await open();
    const kept = async (model = path): Promise<void> => {
      expect(await sidecar(model)).toMatchObject({ _unknown: { deep: [1] } });
    };
    const edits: [string, object][] = [
      ['save-metadata', { notes: 'n', another: { mine: 1 } }],
      ['add-tags', { tags: ['t'] }],
      ['exclude', {}],
      ['unexclude', {}],
    ];
    for (const [route, more] of edits) {
      await post(`loras/${route}`, { file_path: path, ...more });
      await kept();
    }
    await post('loras/bulk-edit', { file_paths: [path], base_model: 'Flux.1 D' });
    await kept();
    await post('loras/verify-duplicates', { file_paths: [path] });
    await kept();
    expect((await upload('1')).status).toBe(200);
    await kept();
    await post('loras/rename', { file_path: path, new_file_name: 'renamed' });
    await kept(join(at.folder, 'loras/deep/renamed.safetensors'));
    await post('loras/move_model', { file_path: 'loras-0:deep/renamed.safetensors', target_path: 'loras-0:far' });
    await kept(join(at.folder, 'loras/far/renamed.safetensors'));
    await post('loras/auto-organize', { file_paths: ['loras-0:far/renamed.safetensors'] });
    await post('loras/auto-organize/undo', {});
    const model = join(at.folder, 'loras/far/renamed.safetensors');
    await kept(model);
    const { batch_id } = await post('loras/delete', { file_path: model });
    await post('undo-delete', { batch_id });
    await kept(model);
    expect(await sidecar(model)).toMatchObject({ notes: 'n', another: { mine: 1 }, base_model: 'Flux.1 D' });
  });
});

describe('auto-organize', () => {
  it('After a finished run, polling still returns the final snapshot until it is explicitly cleared; after a clear it is 404, and snapshots that reach the progress emitter and the polling endpoint are equal by value.', async () => {
    const { at, path, post } = await open();
    const poll = async () => answerOf(at.send('/api/lm/checkpoints/auto-organize-progress'));
    expect((await poll()).status).toBe(404);
    const seen: unknown[] = [];
    at.library.progress.on('auto_organize', ({ data }) => seen.push(structuredClone(data)));
    await post('loras/auto-organize', { file_paths: [path] });
    for (let time = 0; time < 3; time++) {
      const { status, text } = await poll();
      expect([status, JSON.parse(text)]).toEqual([200, { success: true, progress: seen.at(-1) }]);
    }
    expect(seen.at(-1)).toMatchObject({ status: 'completed', total: 1, success: 1 });
    await post('embeddings/auto-organize-progress/clear', {});
    expect(await poll()).toMatchObject({ status: 404 });
  });

  it('Two concurrent auto-organize starts: exactly one runs; the other gets 409, whatever the model type, with a descriptive error and `success: false`.', async () => {
    const { at } = await open();
    const start = (prefix: string) => answerOf(at.send(`/api/lm/${prefix}/auto-organize`, json({})));
    const answers = await Promise.all([start('loras'), start('checkpoints'), start('loras')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    for (const { status, text } of answers) {
      if (status === 409)
        expect(JSON.parse(text)).toMatchObject({ success: false, error: expect.stringMatching(/running/) });
    }
    expect((await start('loras')).status).toBe(200);
  });
});
