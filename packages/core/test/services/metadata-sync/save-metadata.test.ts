import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { put, safetensors, sidecar, tempFolder } from '../../disk/temp-library.js';
import { editLibrary, filesBelow, sidecarAt } from './edit-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

/** A library over one model with this sidecar. */
async function withModel(fields: Record<string, unknown> | undefined, options: Parameters<typeof editLibrary>[1] = {}) {
  const folder = tempFolder();
  const path = put(folder, 'ink.safetensors', safetensors({}));
  if (fields !== undefined) put(folder, 'ink.metadata.json', sidecar({ file_path: path, ...fields }));
  const library = editLibrary(folder, options);
  await library.scan();
  return { ...library, folder, path, sidecar: () => sidecarAt(folder, 'ink.metadata.json') };
}

const names = (library: Awaited<ReturnType<typeof withModel>>): string[] =>
  library.listed
    .query({ filter: {}, sort: { key: 'name', descending: false } as never, page: 1, pageSize: 100 })
    .records.map(({ entry }) => entry.model_name);

describe('saving metadata', () => {
  it('merges one level deep, normalises tags, keeps the rest, and answers auto tags', async () => {
    const library = await withModel({ zeta: { keep: 1 }, civitai: { id: 7, trainedWords: ['a'] }, tags: ['Old'] });
    const answer = await library.call('saveMetadata', {
      file_path: library.path,
      tags: [' Anime', 'anime', 5, '', 'I2V'],
      civitai: { trainedWords: ['b'] },
      notes: 'ünï',
      x_extra: { a: 1 },
      favorite: true,
    });
    expect(answer).toEqual({ success: true, auto_tags: ['I2V'] });
    expect(library.sidecar()).toMatchObject({
      zeta: { keep: 1 },
      civitai: { id: 7, trainedWords: ['b'] },
      tags: ['anime', 'i2v'],
      notes: 'ünï',
      x_extra: { a: 1 },
      favorite: true,
      file_path: library.path,
    });
    expect(library.entry(library.path)).toMatchObject({ tags: ['anime', 'i2v'], notes: 'ünï', favorite: true });
    expect(library.told.at(-1)).toMatchObject({ added: 0, changed: 1, removed: 0 });
    expect(library.rows).toEqual([[library.path]]);
    const text = readFileSync(join(library.folder, 'ink.metadata.json'), 'utf8');
    expect(text).toBe(JSON.stringify(JSON.parse(text), null, 2));
  });

  it('After save-metadata with a new `model_name`, a name-sorted listing is in the new order at once.', async () => {
    const library = await withModel({ model_name: 'b' });
    put(library.folder, 'a.ckpt', 'x');
    await library.scan();
    expect(names(library)).toEqual(['a', 'b']);
    await library.call('saveMetadata', { file_path: library.path, model_name: 'A 0' });
    expect(names(library).sort()).toEqual(['A 0', 'a']);
    await library.call('saveMetadata', { file_path: library.path, model_name: '0' });
    expect(names(library)).toEqual(['0', 'a']);
  });

  it('A body validation failure changes neither disk nor cache.', async () => {
    const library = await withModel({ tags: ['x'] });
    const [before, entry] = [filesBelow(library.folder), library.entry(library.path)];
    for (const wrong of [
      { tags: 'x' },
      { tags: Array.from({ length: 1001 }, (_, index) => String(index)) },
      { tags: ['x'.repeat(1001)] },
      { notes: 5 },
      { favorite: 'yes' },
      { preview_nsfw_level: 1.5 },
      { preview_nsfw_level: 'R' },
      { civitai: null },
      { civitai: { trainedWords: [1] } },
      { model_name: null, notes: 'x' },
      { x_deep: JSON.parse(`${'['.repeat(4_000)}${']'.repeat(4_000)}`) as unknown },
      { x_large: 'x'.repeat(16 * 1024 * 1024) },
    ]) {
      const saving = library.call('saveMetadata', { file_path: library.path, ...wrong });
      await expect(saving, Object.keys(wrong).join()).rejects.toMatchObject({ code: 'validation_failed' });
    }
    await expect(library.call('saveMetadata', { notes: 'x' })).rejects.toMatchObject({ code: 'validation_failed' });
    await expect(library.call('addTags', { file_path: library.path, tags: 'x' })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    expect(filesBelow(library.folder)).toEqual(before);
    expect(library.entry(library.path)).toBe(entry);
    expect(library.told).toEqual([]);
  });

  it('W-W7: `size: "abc"`, and whatever else the library itself keeps, is refused with nothing changed', async () => {
    const library = await withModel({ notes: 'mine' });
    const [before, entry] = [filesBelow(library.folder), library.entry(library.path)];
    const owned = ['size', 'modified', 'sha256', 'file_name', 'folder', 'preview_url', 'autov3', 'hash_status'];
    for (const key of [...owned, 'metadata_source', 'last_checked_at', 'db_checked', '_own']) {
      for (const value of ['abc', 1, null]) {
        const saving = library.call('saveMetadata', { file_path: library.path, notes: 'other', [key]: value });
        await expect(saving, key).rejects.toMatchObject({
          code: 'validation_failed',
          message: expect.stringContaining(key) as string,
        });
      }
    }
    expect(filesBelow(library.folder)).toEqual(before);
    expect(library.entry(library.path)).toBe(entry);
  });

  it('W-W1: only models of the library are edited, whatever path a client names', async () => {
    const library = await withModel({});
    const outside = tempFolder();
    const strange = put(outside, 'x.safetensors');
    const unlisted = join(library.folder, 'note.txt');
    writeFileSync(unlisted, 'x');
    const before = [filesBelow(library.folder), filesBelow(outside)];
    const refusals: readonly (readonly [path: string, code: string])[] = [
      [strange, 'path_outside_roots'],
      ['ink.safetensors', 'path_outside_roots'],
      [join(library.folder, '..', 'x.safetensors'), 'path_outside_roots'],
      [`${library.folder}2/x.safetensors`, 'path_outside_roots'],
      [unlisted, 'not_found'],
      [library.folder, 'not_found'],
      [join(library.folder, 'none.safetensors'), 'not_found'],
    ];
    for (const [file_path, code] of refusals) {
      for (const name of ['saveMetadata', 'addTags', 'excludeModel', 'unexcludeModel'] as const) {
        await expect(library.call(name, { file_path, tags: ['x'] }), file_path).rejects.toMatchObject({ code });
      }
    }
    expect([filesBelow(library.folder), filesBelow(outside)]).toEqual(before);
    await library.call('saveMetadata', {
      file_path: `${library.folder}/./sub/../ink.safetensors`,
      notes: 'one spelling',
    });
    await library.call('saveMetadata', { file_path: 'loras-0:ink.safetensors', favorite: true });
    expect(library.entry(library.path)).toMatchObject({ notes: 'one spelling', favorite: true });
  });

  it('W-W11: a corrupt sidecar is refused and stays as it is', async () => {
    const library = await withModel({ notes: 'kept' });
    const path = join(library.folder, 'ink.metadata.json');
    for (const text of ['{"notes": "kept", ', '[]', '\u0000', '{"size": {}, "sha256": []}', sidecar({ size: 'abc' })]) {
      writeFileSync(path, text);
      for (const [name, input] of [
        ['saveMetadata', { notes: 'lost' }],
        ['addTags', { tags: ['lost'] }],
        ['excludeModel', {}],
        ['unexcludeModel', {}],
      ] as const) {
        const editing = library.call(name, { file_path: library.path, ...input });
        await expect(editing, `${name} ${text}`).rejects.toMatchObject({ code: 'sidecar_unusable' });
      }
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
    expect(library.entry(library.path).notes).toBe('kept');
  });

  it('W-W12: the first edit of a model without sidecar makes a whole one, and a scan lists it as it was', async () => {
    const library = await withModel(undefined);
    const before = library.entry(library.path);
    await library.call('addTags', { file_path: library.path, tags: ['New'] });
    expect(library.sidecar()).toMatchObject({
      file_name: 'ink',
      model_name: 'ink',
      file_path: library.path,
      size: before.size,
      modified: before.modified,
      sha256: '',
      base_model: 'Unknown',
      preview_url: '',
      tags: ['new'],
    });
    expect(library.entry(library.path)).toEqual({ ...before, tags: ['new'] });
    await library.scan(true);
    expect(library.entry(library.path)).toEqual({ ...before, tags: ['new'] });
    // What the reference left behind in such a case is completed.
    writeFileSync(join(library.folder, 'ink.metadata.json'), '{"tags": ["only"]}');
    await library.call('addTags', { file_path: library.path, tags: ['more'] });
    expect(library.sidecar()).toMatchObject({ tags: ['only', 'more'], file_name: 'ink', sha256: '', preview_url: '' });
    await library.scan(true);
    expect(library.entry(library.path).tags).toEqual(['only', 'more']);
  });

  it('W-W12: what another tool said, and what a moved model left behind, is in the first sidecar', async () => {
    const folder = tempFolder();
    const a = put(folder, 'a.safetensors', safetensors({ a: 1 }));
    put(
      folder,
      'a.civitai.info',
      JSON.stringify({
        id: 3,
        modelId: 4,
        files: [{ primary: true }],
        images: [{ url: 'u' }],
        model: { name: 'Aname', tags: ['info'], description: 'about' },
        baseModel: 'Pony',
      }),
    );
    const b = put(folder, 'x/b.safetensors', safetensors({ b: 22 }));
    put(folder, 'x/b.metadata.json', sidecar({ size: 0, notes: 'mine', zeta: [1], civitai: { id: 9, images: [2] } }));
    const library = editLibrary(folder);
    await library.scan();
    const before = library.entry(a);
    await library.call('addTags', { file_path: a, tags: ['t'] });
    expect(sidecarAt(folder, 'a.metadata.json')).toMatchObject({
      model_name: 'Aname',
      base_model: 'Pony',
      modelDescription: 'about',
      tags: ['info', 't'],
      civitai: { id: 3, images: [{ url: 'u' }] },
    });
    expect(library.entry(a)).toEqual({ ...before, tags: ['info', 't'] });

    mkdirSync(join(folder, 'y'));
    const moved = join(folder, 'y/moved.safetensors');
    renameSync(b, moved);
    await library.scan();
    expect(library.entry(moved).notes).toBe('mine');
    const left = readFileSync(join(folder, 'x/b.metadata.json'), 'utf8');
    await library.call('addTags', { file_path: moved, tags: ['t'] });
    expect(sidecarAt(folder, 'y/moved.metadata.json')).toMatchObject({
      file_name: 'moved',
      file_path: moved,
      notes: 'mine',
      zeta: [1],
      civitai: { id: 9, images: [2] },
      tags: ['t'],
    });
    expect(readFileSync(join(folder, 'x/b.metadata.json'), 'utf8')).toBe(left);
    expect(library.moves.sidecarPathOf(moved)).toBeUndefined();
    expect(library.entry(moved)).toMatchObject({ notes: 'mine', tags: ['t'], model_name: 'Ink' });
  });

  it('W-W12: what `.civitai.info` completes can be edited away', async () => {
    const library = await withModel({ civitai: {}, tags: [] });
    put(library.folder, 'ink.civitai.info', JSON.stringify({ id: 3, model: { tags: ['info'] }, images: [1] }));
    await library.scan(true);
    expect(library.entry(library.path).tags).toEqual(['info']);
    await library.call('saveMetadata', { file_path: library.path, tags: [] });
    expect(library.sidecar()).toMatchObject({ civitai: { id: 3, images: [1] }, tags: [] });
    expect(library.entry(library.path).tags).toEqual([]);
  });

  it('W-W15: of two models of one stem, only the one that the sidecar is about can be edited', async () => {
    const library = await withModel({ notes: 'of ink.safetensors' });
    const other = put(library.folder, 'ink.ckpt', 'x');
    await library.scan();
    const before = filesBelow(library.folder);
    await expect(library.call('addTags', { file_path: other, tags: ['x'] })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(filesBelow(library.folder)).toEqual(before);
    await library.call('addTags', { file_path: library.path, tags: ['x'] });
    await library.scan(true);
    expect(library.entry(library.path)).toMatchObject({ tags: ['x'], notes: 'of ink.safetensors' });
    expect(library.entry(other)).toMatchObject({ tags: [], notes: '' });
  });

  it('W-W27: a sidecar that cannot be written is an error, and the catalog stays', async () => {
    for (const [code, told] of [
      ['ENOSPC', 'disk_full'],
      ['EIO', 'storage_unavailable'],
      ['EMFILE', 'too_many_open_files'],
    ] as const) {
      let isFull = false;
      const library = await withModel(
        { notes: 'kept' },
        {
          files: {
            writeNew: (path, content) =>
              isFull && path.endsWith('tmp')
                ? Promise.reject(Object.assign(new Error(code), { code }))
                : nodeFileOperations.writeNew(path, content),
          },
        },
      );
      const [before, entry] = [filesBelow(library.folder), library.entry(library.path)];
      isFull = true;
      await expect(library.call('saveMetadata', { file_path: library.path, notes: 'new' })).rejects.toMatchObject({
        code: told,
      });
      isFull = false;
      expect(filesBelow(library.folder)).toEqual(before);
      expect(library.entry(library.path)).toBe(entry);
      await library.call('saveMetadata', { file_path: library.path, notes: 'new' });
      expect(library.entry(library.path).notes).toBe('new');
    }
  });

  it('W-W28: edits of one model at the same time all survive', async () => {
    const library = await withModel(undefined);
    await Promise.all([
      ...Array.from({ length: 20 }, (_, index) =>
        library.call('addTags', { file_path: library.path, tags: [`t${String(index)}`] }),
      ),
      library.call('saveMetadata', { file_path: library.path, notes: 'n' }),
      library.call('saveMetadata', { file_path: library.path, civitai: { trainedWords: ['w'] } }),
      library.call('excludeModel', { file_path: library.path }),
    ]);
    const { tags, ...rest } = library.entry(library.path);
    expect([...tags].sort()).toEqual(Array.from({ length: 20 }, (_, index) => `t${String(index)}`).sort());
    expect(rest).toMatchObject({ notes: 'n', exclude: true, civitai: { trainedWords: ['w'] } });
    expect(readdirSync(library.folder).sort()).toEqual(
      expect.arrayContaining(['ink.metadata.json', 'ink.safetensors']),
    );
    expect(readdirSync(library.folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('W-W28: an edit by another program between reading and writing survives', async () => {
    let theirs = 0;
    const library = await withModel(
      { notes: '0' },
      {
        files: {
          writeNew: async (path, content) => {
            if (path.startsWith(library.folder) && theirs > 0) {
              const now = sidecarAt(library.folder, 'ink.metadata.json');
              writeFileSync(
                join(library.folder, 'ink.metadata.json'),
                JSON.stringify({ ...now, notes: String(theirs--) }),
              );
            }
            await nodeFileOperations.writeNew(path, content);
          },
        },
      },
    );
    await library.call('addTags', { file_path: library.path, tags: ['first'] });
    theirs = 3;
    await library.call('addTags', { file_path: library.path, tags: ['mine'] });
    expect(library.sidecar()).toMatchObject({ notes: '1', tags: ['first', 'mine'] });
    theirs = 99;
    await expect(library.call('addTags', { file_path: library.path, tags: ['x'] })).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(readdirSync(library.folder).filter((name) => name.includes('tmp'))).toEqual([]);
  });

  it('W-W29: drafts and reads write nothing', async () => {
    const library = await withModel({ file_path: '/elsewhere/ink.safetensors', preview_url: '/elsewhere/ink.webp' });
    put(library.folder, 'ink.civitai.info', JSON.stringify({ id: 3, files: [{ primary: true }] }));
    const before = filesBelow(library.folder);
    const record = library.listed.recordOf(library.path);
    if (record === undefined) throw new Error('not listed');
    const draft = await library.editor.draft(record);
    expect(draft).toMatchObject({
      before: before['ink.metadata.json'],
      value: { file_path: library.path, civitai: { id: 3 } },
    });
    await library.scan(true);
    expect(filesBelow(library.folder)).toEqual(before);
  });

  it('an edit that changes nothing writes nothing', async () => {
    const library = await withModel({ tags: ['Anime'], favorite: true });
    const path = join(library.folder, 'ink.metadata.json');
    const text = readFileSync(path, 'utf8');
    expect(await library.call('addTags', { file_path: library.path, tags: ['ANIME', ' '] })).toEqual({
      success: true,
      tags: ['Anime'],
      auto_tags: [],
    });
    await library.call('saveMetadata', { file_path: library.path });
    await library.call('saveMetadata', { file_path: library.path, favorite: true });
    await library.call('unexcludeModel', { file_path: library.path });
    expect(readFileSync(path, 'utf8')).toBe(text);
    expect(library.told).toEqual([]);
  });

  it('a model file that is gone gets no sidecar', async () => {
    const library = await withModel(undefined);
    rmSync(library.path);
    // A root that holds nothing at all may be the place of a drive that is away.
    writeFileSync(join(library.folder, 'other.txt'), '');
    for (const name of ['saveMetadata', 'addTags', 'excludeModel', 'unexcludeModel'] as const) {
      await expect(library.call(name, { file_path: library.path, tags: ['x'] })).rejects.toMatchObject({
        code: 'not_found',
        message: 'Model file does not exist',
      });
    }
    expect(existsSync(join(library.folder, 'ink.metadata.json'))).toBe(false);
  });

  it('Unknown sidecar keys survive every write route.', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1 }).map((key) => `x_${key}`),
          fc.jsonValue(),
          { maxKeys: 6 },
        ),
        fc.subarray(['saveMetadata', 'addTags', 'excludeModel', 'unexcludeModel', 'bulkEditModels'] as const, {
          minLength: 1,
        }),
        async (unknown, routes) => {
          const library = await withModel({ ...unknown, _own: 1, civitai: { id: 1, more: unknown } });
          for (const [index, name] of routes.entries()) {
            await library.call(name, {
              file_path: library.path,
              file_paths: [library.path],
              add_tags: [`b${String(index)}`],
              tags: [`t${String(index)}`],
            });
          }
          const now = library.sidecar();
          expect(now).toMatchObject(JSON.parse(JSON.stringify({ ...unknown, _own: 1 })) as object);
          expect(now['civitai']).toEqual(JSON.parse(JSON.stringify({ id: 1, more: unknown })));
          const keys = Object.keys(now).filter((key) => key.startsWith('x_'));
          expect(keys).toEqual(Object.keys(unknown));
        },
      ),
      { numRuns: Math.ceil(runs / 10) },
    );
  });
});

describe('excluding', () => {
  it('moves the model to the other shelf at once, by every route that says so', async () => {
    const library = await withModel({});
    expect(await library.call('excludeModel', { file_path: library.path })).toEqual({
      success: true,
      message: 'Model ink.safetensors excluded',
    });
    expect([library.listed.size, library.excluded.size]).toEqual([0, 1]);
    expect(library.sidecar()['exclude']).toBe(true);
    expect(library.listed.rankedTags()).toEqual([]);
    expect(await library.call('unexcludeModel', { file_path: library.path })).toEqual({
      success: true,
      message: 'Model ink.safetensors restored',
    });
    expect([library.listed.size, library.excluded.size]).toEqual([1, 0]);
    await library.call('saveMetadata', { file_path: library.path, exclude: true });
    expect([library.listed.size, library.excluded.size]).toEqual([0, 1]);
    await library.scan(true);
    expect([library.listed.size, library.excluded.size]).toEqual([0, 1]);
  });
});
