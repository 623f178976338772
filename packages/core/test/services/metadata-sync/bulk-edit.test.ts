import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { ModelshelfError } from '../../../src/errors.js';
import { put, sidecar, tempFolder } from '../../disk/temp-library.js';
import { editLibrary, filesBelow, sidecarAt } from './edit-library.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

/** A library over models with these tags, by name; without a sidecar where there are none. */
async function withModels(
  models: Record<string, readonly string[] | undefined>,
  options: Parameters<typeof editLibrary>[1] = {},
) {
  const folder = tempFolder();
  const paths: Record<string, string> = {};
  for (const [name, tags] of Object.entries(models)) {
    const path = put(folder, `${name}.ckpt`, 'x');
    paths[name] = path;
    if (tags === undefined) continue;
    put(folder, `${name}.metadata.json`, sidecar({ file_path: path, tags, base_model: 'SDXL 1.0', model_name: name }));
  }
  const library = editLibrary(folder, options);
  await library.scan();
  return { ...library, folder, paths, pathOf: (name: string) => paths[name] ?? '' };
}

describe('bulk edits', () => {
  it('P-8: one call applies add, remove and replace of tags and a base model to a list of paths, with per-item results', async () => {
    const library = await withModels({
      a: ['Anime', 'old'],
      b: undefined,
      'x/c': ['old'],
      'x/d': ['keep'],
      e: ['same'],
    });
    const [a, b, c, d, e] = ['a', 'b', 'x/c', 'x/d', 'e'].map(library.pathOf) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const corrupt = put(library.folder, 'bad.ckpt', 'x');
    await library.scan();
    writeFileSync(join(library.folder, 'bad.metadata.json'), '{');
    const missing = join(library.folder, 'none.ckpt');
    const answer = await library.call('bulkEditModels', {
      file_paths: [c, a, b, a, missing, corrupt, '/elsewhere/x.ckpt'],
      add_tags: [' New ', 'ANIME'],
      remove_tags: ['OLD'],
      base_model: 'Pony',
    });
    expect(answer.results.map(({ file_path }) => file_path)).toEqual([c, a, b, missing, corrupt, '/elsewhere/x.ckpt']);
    expect(answer).toMatchObject({ success: true, dry_run: false, total: 6, changed: 3, unchanged: 0, failed: 3 });
    const rows = Object.fromEntries(answer.results.map((row) => [row.file_path, { ...row, file_path: undefined }]));
    expect(rows[a]).toMatchObject({ success: true, changed: true, tags: ['Anime', 'new'], base_model: 'Pony' });
    expect(rows[b]).toMatchObject({ success: true, changed: true, tags: ['new', 'anime'], base_model: 'Pony' });
    expect(rows[c]).toMatchObject({ success: true, changed: true, tags: ['new', 'anime'] });
    expect(rows[missing]).toMatchObject({
      success: false,
      changed: false,
      code: 'not_found',
      tags: [],
      base_model: '',
    });
    expect(rows[corrupt]).toMatchObject({ success: false, code: 'sidecar_unusable', base_model: 'Unknown' });
    expect(rows['/elsewhere/x.ckpt']).toMatchObject({ success: false, code: 'path_outside_roots' });
    expect(library.entry(a)).toMatchObject({ tags: ['Anime', 'new'], base_model: 'Pony' });
    expect(sidecarAt(library.folder, 'b.metadata.json')).toMatchObject({ file_name: 'b', tags: ['new', 'anime'] });
    expect(readFileSync(join(library.folder, 'bad.metadata.json'), 'utf8')).toBe('{');
    expect(library.entry(d).tags).toEqual(['keep']);
    // One commit for all of them.
    expect(library.told).toEqual([{ added: 0, changed: 3, removed: 0, moved: [] }]);

    const replaced = await library.call('bulkEditModels', {
      file_paths: [d, e],
      replace_tags: ['Same'],
      add_tags: ['x'],
      remove_tags: ['x'],
    });
    expect(replaced).toMatchObject({ changed: 2, results: [{ tags: ['same', 'x'] }, { tags: ['same', 'x'] }] });
    expect(await library.call('bulkEditModels', { file_paths: [d, e], replace_tags: ['same', 'X'] })).toMatchObject({
      changed: 0,
      unchanged: 2,
      failed: 0,
    });
  });

  it('P-8: a dry run tells what would change, item by item, and changes nothing', async () => {
    const library = await withModels({ a: ['old'], b: undefined, c: ['new'] });
    const bad = put(library.folder, 'bad.ckpt', 'x');
    await library.scan();
    writeFileSync(join(library.folder, 'bad.metadata.json'), '{');
    const before = filesBelow(library.folder);
    const input = { file_paths: [...Object.values(library.paths), bad], add_tags: ['new'] };
    const dry = await library.call('bulkEditModels', { ...input, dry_run: true });
    expect(dry).toMatchObject({ dry_run: true, total: 4, changed: 2, unchanged: 1, failed: 1 });
    expect(filesBelow(library.folder)).toEqual(before);
    expect(library.told).toEqual([]);
    const real = await library.call('bulkEditModels', input);
    expect({ ...real, dry_run: true }).toEqual(dry);
  });

  it('P-8: a filter of the list chooses the models: AND, OR and NOT of tags, base models, folders, search', async () => {
    const library = await withModels({ a: ['x', 'y'], b: ['x'], 'sub/c': ['y'], d: undefined });
    const chosen = async (filter: object): Promise<string[]> => {
      const answer = await library.call('bulkEditModels', { filter, add_tags: ['q'], dry_run: true });
      return answer.results.map(({ file_path }) => file_path.slice(-6, -5)).sort();
    };
    expect(await chosen({ tag: ['x', 'y'] })).toEqual(['a', 'b', 'c']);
    expect(await chosen({ tag: ['x', 'y'], tag_logic: 'all' })).toEqual(['a']);
    expect(await chosen({ tag_exclude: ['x'] })).toEqual(['c', 'd']);
    expect(await chosen({ base_model: ['SDXL 1.0'], folder: 'sub' })).toEqual(['c']);
    expect(await chosen({ search: 'd' })).toEqual(['d']);
    expect(await chosen({})).toEqual(['a', 'b', 'c', 'd']);
    const both = { filter: { tag: ['x'] }, file_paths: [library.pathOf('b'), library.pathOf('d')], add_tags: ['q'] };
    expect(await library.call('bulkEditModels', both)).toMatchObject({ total: 1, changed: 1 });
    expect(library.entry(library.pathOf('b')).tags).toEqual(['x', 'q']);
    await library.call('excludeModel', { file_path: library.pathOf('a') });
    expect(await chosen({ tag: 'x' })).toEqual(['b']);
  });

  it('P-8: what is misspelt or missing is refused, and an empty list changes nothing', async () => {
    const library = await withModels({ a: ['x'] });
    const before = filesBelow(library.folder);
    for (const wrong of [
      { add_tags: ['q'] },
      { filter: {} },
      { file_paths: [] },
      { filter: { tagg: ['x'] }, add_tags: ['q'] },
      { filter: { page: 2 }, add_tags: ['q'] },
      { filter: 'x', add_tags: ['q'] },
      { file_paths: library.pathOf('a'), add_tags: ['q'] },
      { file_paths: [5], add_tags: ['q'] },
      { filter: {}, add_tags: 'q' },
      { filter: {}, base_model: '  ' },
      { filter: {}, add_tags: ['q'], dry_run: 'no' },
    ]) {
      const editing = library.call('bulkEditModels', wrong);
      await expect(editing, JSON.stringify(wrong)).rejects.toMatchObject({ code: 'validation_failed' });
    }
    expect(await library.call('bulkEditModels', { file_paths: [], add_tags: ['q'] })).toMatchObject({
      total: 0,
      results: [],
    });
    expect(await library.call('bulkEditModels', { file_paths: [], filter: {}, add_tags: ['q'] })).toMatchObject({
      total: 0,
    });
    expect(filesBelow(library.folder)).toEqual(before);
  });

  it('R-W8: one that is cancelled tells what was done, and what was done is committed', async () => {
    const stop = new AbortController();
    let written = 0;
    const library = await withModels(
      Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${String(index)}`, ['x']])),
      {
        files: {
          writeNew: async (path, content) => {
            await nodeFileOperations.writeNew(path, content);
            if (path.endsWith('tmp') && ++written === 20) stop.abort();
          },
        },
      },
    );
    const answer = await library.call('bulkEditModels', { filter: {}, add_tags: ['q'] }, stop.signal);
    const rows = answer.results;
    expect(rows).toHaveLength(100);
    const done = rows.filter(({ changed }) => changed);
    expect(done.length).toBeGreaterThanOrEqual(19);
    expect(done.length).toBeLessThan(40);
    expect(rows.filter(({ success }) => !success).every(({ code }) => code === 'cancelled')).toBe(true);
    for (const { file_path, changed } of rows) expect(library.entry(file_path).tags.includes('q')).toBe(changed);
    expect(await library.call('bulkEditModels', { filter: {}, add_tags: ['q'] })).toMatchObject({
      changed: 100 - done.length,
      unchanged: done.length,
    });
  });

  it('a batch that cannot be locked or entered fails alone, and tells what is on disk', async () => {
    const library = await withModels({ a: ['x'], b: ['q'] });
    const { mutations, editor } = library;
    const locked = (): Promise<never> => Promise.reject(new ModelshelfError('library_locked', 'locked'));
    const unlucky = async (broken: Partial<typeof mutations>) => {
      const { BulkEditService } = await import('../../../src/services/metadata-sync/bulk-edit-service.js');
      const service = new BulkEditService({
        mutations: {
          require: (location) => mutations.require(location),
          rowOf: (path) => mutations.rowOf(path),
          whileLocked: (paths, work) => mutations.whileLocked(paths, work),
          commit: (change) => mutations.commit(change),
          ...broken,
        },
        editor,
        catalog: library.listed,
      });
      const options = { dryRun: false, signal: new AbortController().signal };
      return service.edit({ filter: {} }, { addTags: ['q'] }, options);
    };
    const refused = await unlucky({ whileLocked: locked });
    expect(refused).toMatchObject({ total: 2, failed: 2, results: [{ code: 'library_locked', changed: false }, {}] });
    expect(sidecarAt(library.folder, 'a.metadata.json')['tags']).toEqual(['x']);
    const half = await unlucky({ commit: locked });
    expect(half).toMatchObject({ total: 2, failed: 1, unchanged: 1 });
    expect(half.results.find(({ success }) => !success)).toMatchObject({ changed: true, code: 'library_locked' });
    expect(sidecarAt(library.folder, 'a.metadata.json')['tags']).toEqual(['x', 'q']);
    await library.scan();
    expect(library.entry(library.pathOf('a')).tags).toEqual(['x', 'q']);
  });

  it('a model that went away meanwhile is one failed row', async () => {
    const library = await withModels({ a: ['x'], b: ['x'] });
    rmSync(library.pathOf('a'));
    const answer = await library.call('bulkEditModels', { filter: {}, add_tags: ['q'] });
    expect(answer).toMatchObject({ changed: 1, failed: 1 });
    expect(answer.results).toContainEqual(expect.objectContaining({ success: false, code: 'not_found', tags: ['x'] }));
  });

  it('after any edit the catalog shows what the disk says, and the results what both say', async () => {
    const tags = fc.array(fc.constantFrom('a', 'B', ' b ', 'c', ''), { maxLength: 4 });
    const change = fc.record(
      { add_tags: tags, remove_tags: tags, replace_tags: tags, base_model: fc.constantFrom('Pony', 'X') },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(tags, { nil: undefined }), { maxLength: 4 }),
        fc.array(change, { maxLength: 3 }),
        async (models, changes) => {
          const library = await withModels(Object.fromEntries(models.map((own, index) => [`m${String(index)}`, own])));
          for (const each of changes) {
            if (Object.keys(each).length === 0) continue;
            const answer = await library.call('bulkEditModels', { filter: {}, ...each });
            for (const row of answer.results) {
              const { tags: shown, base_model } = library.entry(row.file_path);
              expect({ shown, base_model }).toEqual({ shown: row.tags, base_model: row.base_model });
              const wanted = new Set((each.replace_tags ?? row.tags).map((tag) => tag.trim().toLowerCase()));
              for (const tag of each.remove_tags ?? []) wanted.delete(tag.trim().toLowerCase());
              for (const tag of each.add_tags ?? []) wanted.add(tag.trim().toLowerCase());
              wanted.delete('');
              const has = row.tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== '');
              expect(new Set(has)).toEqual(wanted);
            }
          }
          const before = [...library.listed.entries()];
          await library.scan(true);
          expect([...library.listed.entries()]).toEqual(before);
        },
      ),
      { numRuns: Math.ceil(runs / 5) },
    );
  });
});
