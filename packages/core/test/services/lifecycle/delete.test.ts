import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { sidecar } from '../../disk/temp-library.js';
import { shelfFolder, weights } from './writable-shelf.js';

const failingAt = (isBad: (to: string) => boolean, code = 'EIO') => {
  const files = { ...nodeFileOperations };
  for (const call of ['link', 'rename'] as const) {
    files[call] = async (from: string, to: string) => {
      if (isBad(to)) throw Object.assign(new Error(code), { code });
      return nodeFileOperations[call](from, to);
    };
  }
  return files;
};

describe('deleteModel', () => {
  it('Invariant 1: after a delete the catalog has no entry with that path and the hash index does not resolve its hash to it', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/sub/ink.safetensors', weights('ink'));
    const twin = shelf.put('loras/twin.safetensors', weights('ink'));
    const library = await shelf.open();
    await library.digestAll();
    const { sha256 } = library.row(path).entry;
    const { batchId } = await library.lifecycle.deleteModel(path);
    expect(batchId).toMatch(/^[0-9a-f]{32}$/);
    expect(library.listed.find(path)).toBeUndefined();
    expect(library.listed.findByHash(sha256).map(({ file_path }) => file_path)).toEqual([twin]);
    expect(library.listed.findByHash(sha256.slice(0, 10)).every(({ file_path }) => file_path !== path)).toBe(true);
    expect(library.listed.findByStem('ink')).toEqual([]);
    expect(library.listed.folders()).toEqual(['']);
    expect(library.told).toEqual([{ added: 0, changed: 0, removed: 1, moved: [] }]);
    const before = library.state();
    await library.scan();
    expect(library.state()).toEqual(before);
  });

  it('W-W32: everything that belongs to a model leaves with it, and no staging folder stays beside models', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    const suffixes = [
      '.metadata.json.bak',
      '.WEBP',
      '.example.0.jpeg',
      '.mov',
      '.civitai.info',
      '.swarm.json',
      '.txt',
      '.yaml',
    ];
    for (const suffix of suffixes) shelf.put(`loras/ink${suffix}`, '{}');
    shelf.put('loras/ink.metadata.json', sidecar());
    shelf.put('loras/ink.v2.ckpt', 'another model');
    shelf.put('loras/ink.v2.txt', 'its words');
    shelf.put('loras/inkling.txt', 'not its words');
    const library = await shelf.open();
    const before = shelf.snapshot();
    const { batchId } = await library.lifecycle.deleteModel(path);
    expect(shelf.names().sort()).toEqual(['loras/ink.v2.ckpt', 'loras/ink.v2.txt', 'loras/inkling.txt']);
    expect(existsSync(shelf.at('loras/.lm-pending-delete'))).toBe(false);
    await library.trash.restore(batchId ?? '');
    expect(shelf.snapshot()).toEqual(before);
  });

  it('W-W32: what the reference left in its own staging folders is left alone', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/.lm-pending-delete/0123456789abcdef0123456789abcdef/ink.safetensors', weights('old'));
    const library = await shelf.open();
    await library.lifecycle.deleteModel(path);
    await library.trash.purge({ kind: 'all' });
    expect(shelf.names()).toEqual(['loras/.lm-pending-delete/0123456789abcdef0123456789abcdef/ink.safetensors']);
  });

  it('W-W6: whatever fails, no file is in the trash without a manifest that names it', async () => {
    for (const bad of ['ink.safetensors', 'ink.metadata.json', 'ink.webp', 'manifest.json']) {
      const shelf = shelfFolder();
      const path = shelf.put('loras/ink.safetensors', weights('ink'));
      shelf.put('loras/ink.metadata.json', sidecar());
      shelf.put('loras/ink.webp', 'picture');
      const files = failingAt((to) => to.includes('/trash/') && to.endsWith(bad));
      const library = await shelf.open({ files });
      const before = [shelf.snapshot(), library.state()];
      await expect(library.lifecycle.deleteModel(path), bad).rejects.toMatchObject({ code: 'storage_unavailable' });
      expect([shelf.snapshot(), library.state()]).toEqual(before);
      expect((await library.trash.list({ page: 1, pageSize: 10 })).total).toBe(0);
    }
  });

  it('W-W9: tag counts go down with a delete and are what they were after undo, however often', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/ink.metadata.json', sidecar({ tags: ['x', 'y'] }));
    shelf.put('loras/pen.safetensors', weights('pen'));
    shelf.put('loras/pen.metadata.json', sidecar({ tags: ['x'] }));
    const library = await shelf.open();
    const before = library.state();
    expect(before.tags).toEqual(['x 2', 'y 1']);
    for (let round = 0; round < 3; round++) {
      const { batchId } = await library.lifecycle.deleteModel(path);
      expect(library.state().tags).toEqual(['x 1']);
      await library.trash.restore(batchId ?? '');
      expect(library.state()).toEqual(before);
    }
  });

  it('W-W10: a folder, a file that is no model and a model that nobody knows are not deleted', async () => {
    const shelf = shelfFolder();
    shelf.put('loras/sub/ink.safetensors', weights('ink'));
    shelf.put('loras/notes.txt', 'mine');
    const library = await shelf.open();
    shelf.put('loras/new.safetensors', weights('new'));
    const before = shelf.snapshot();
    for (const name of ['loras/sub', 'loras', 'loras/notes.txt', 'loras/new.safetensors', 'loras/none.safetensors']) {
      const code = name === 'loras' ? /not_found|path_outside_roots/ : /^not_found$/;
      const refused = library.lifecycle.deleteModel(shelf.at(name));
      await expect(refused, name).rejects.toMatchObject({ code: expect.stringMatching(code) });
    }
    await expect(library.lifecycle.deleteModel(shelf.folder)).rejects.toMatchObject({ code: 'path_outside_roots' });
    expect(shelf.snapshot()).toEqual(before);
  });

  it('W-W10: a folder that took the place of a model is not deleted', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    unlinkSync(path);
    shelf.put('loras/ink.safetensors/inside.txt', 'mine');
    await expect(library.lifecycle.deleteModel(path)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(readFileSync(shelf.at('loras/ink.safetensors/inside.txt'), 'utf8')).toBe('mine');
  });

  it('W-W20: another spelling of a path deletes the model and its row', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    await library.lifecycle.deleteModel(`${dirname(path)}/.//x/../ink.safetensors`);
    expect(library.paths()).toEqual([]);
    expect(shelf.names()).toEqual([]);
  });

  it('takes out the row of a file that is gone, and nothing else', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/ink.metadata.json', sidecar());
    const library = await shelf.open();
    unlinkSync(path);
    await expect(library.lifecycle.deleteModel(path)).resolves.toEqual({ batchId: null });
    expect(library.paths()).toEqual([]);
    expect(shelf.names()).toEqual(['loras/ink.metadata.json']);
  });

  it('P-12: models of a root that is away are not deleted, and keep their rows', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    renameSync(shelf.at('loras'), shelf.at('unplugged'));
    await expect(library.lifecycle.deleteModel(path)).rejects.toMatchObject({ code: 'storage_unavailable' });
    mkdirSync(shelf.at('loras'));
    await expect(library.lifecycle.deleteModel(path)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(library.paths()).toEqual(['loras/ink.safetensors']);
    rmSync(shelf.at('loras'), { recursive: true });
    renameSync(shelf.at('unplugged'), shelf.at('loras'));
    await library.lifecycle.deleteModel(path);
    expect(library.paths()).toEqual([]);
  });

  it('W-W15: while a model of the same stem remains, what lies beside it stays, and undo finds it unchanged', async () => {
    const shelf = shelfFolder();
    const mine = shelf.put('loras/ink.safetensors', weights('ink'));
    const other = shelf.put('loras/ink.ckpt', 'other');
    shelf.put('loras/ink.metadata.json', sidecar({ file_path: mine, notes: 'mine', size: 0 }));
    shelf.put('loras/ink.webp', 'picture');
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const { batchId } = await library.lifecycle.deleteModel(mine);
    expect(shelf.names().sort()).toEqual(['loras/ink.ckpt', 'loras/ink.metadata.json', 'loras/ink.webp']);
    expect(library.row(other).entry.preview_url).toBe(shelf.at('loras/ink.webp'));
    const meanwhile = library.state();
    await library.scan();
    expect(library.state()).toEqual(meanwhile);
    await library.trash.restore(batchId ?? '');
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it.each([
    ['the one that left first', [0, 1]],
    ['the one that left last', [1, 0]],
  ])('W-W15: models of one stem that left one after the other come back, %s first', async (_, order) => {
    const shelf = shelfFolder();
    const paths = [shelf.put('loras/ink.safetensors', weights('ink')), shelf.put('loras/ink.ckpt', 'other')];
    shelf.put('loras/ink.metadata.json', sidecar({ file_path: paths[0], notes: 'mine', size: 0 }));
    shelf.put('loras/ink.webp', 'picture');
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const batches: string[] = [];
    for (const path of paths) batches.push((await library.lifecycle.deleteModel(path)).batchId ?? '');
    expect(shelf.names()).toEqual([]);
    if (order[0] === 1) {
      for (const index of order) await library.trash.restore(batches[index] ?? '');
      expect([shelf.snapshot(), library.state()]).toEqual(before);
      return;
    }
    await library.trash.restore(batches[0] ?? '');
    expect(library.row(paths[0] ?? '').entry).toMatchObject({ notes: 'mine', preview_url: shelf.at('loras/ink.webp') });
    // The rest of the other one's batch is there already: the model comes back alone.
    await expect(library.trash.restore(batches[1] ?? '')).rejects.toMatchObject({ code: 'conflict' });
    await library.trash.restore(batches[1] ?? '', [paths[1] ?? '']);
    expect(library.state()).toEqual(before[1]);
  });

  it('W-W15: a sidecar that was edited meanwhile stays, and so does the copy in the trash', async () => {
    const shelf = shelfFolder();
    const mine = shelf.put('loras/ink.safetensors', weights('ink'));
    shelf.put('loras/ink.ckpt', 'other');
    const text = sidecar({ file_path: mine, notes: 'mine', size: 0 });
    shelf.put('loras/ink.metadata.json', text);
    const library = await shelf.open();
    const { batchId } = await library.lifecycle.deleteModel(mine);
    shelf.put('loras/ink.metadata.json', sidecar({ file_path: shelf.at('loras/ink.ckpt'), notes: 'theirs', size: 0 }));
    const { restored, remaining } = await library.trash.restore(batchId ?? '');
    expect({ restored, remaining }).toEqual({ restored: [mine], remaining: 1 });
    expect(readFileSync(shelf.at('loras/ink.metadata.json'), 'utf8')).toContain('theirs');
    expect(Object.values(shelf.snapshot())).toContain(text);
  });

  it('a preview that two models name stays as long as one of them is there', async () => {
    const shelf = shelfFolder();
    const cover = shelf.put('loras/cover.png', 'cover');
    const paths = ['a', 'b'].map((name) => {
      shelf.put(`loras/${name}.metadata.json`, sidecar({ preview_url: cover }));
      return shelf.put(`loras/${name}.safetensors`, weights(name));
    });
    const library = await shelf.open();
    await library.lifecycle.deleteModel(paths[0] ?? '');
    expect(existsSync(cover)).toBe(true);
    await library.lifecycle.deleteModel(paths[1] ?? '');
    expect(existsSync(cover)).toBe(false);
  });

  it('of two deletes of one model at once, one does it', async () => {
    const shelf = shelfFolder();
    const path = shelf.put('loras/ink.safetensors', weights('ink'));
    const library = await shelf.open();
    const outcomes = await Promise.allSettled([1, 2].map(() => library.lifecycle.deleteModel(path)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'not_found' } });
    expect((await library.trash.list({ page: 1, pageSize: 10 })).total).toBe(1);
  });
});

describe('bulkDelete', () => {
  const manyModels = (count: number) => {
    const shelf = shelfFolder(['loras', 'more']);
    const paths = Array.from({ length: count }, (_, index) => {
      const name = `${index % 2 === 0 ? 'loras' : 'more'}/${index % 3 === 0 ? 'sub/' : ''}m${String(index)}`;
      shelf.put(`${name}.metadata.json`, sidecar({ tags: ['x'] }));
      return shelf.put(`${name}.safetensors`, weights(name));
    });
    return { shelf, paths };
  };

  it('Invariant 2: after a bulk delete no path is in catalog or hash index, and one batch brings everything back', async () => {
    const { shelf, paths } = manyModels(40);
    const library = await shelf.open();
    await library.digestAll();
    const before = [shelf.snapshot(), library.state()];
    const seen: number[] = [];
    const gone = paths.slice(1);
    const result = await library.lifecycle.bulkDelete(gone, { onProgress: ({ done }) => seen.push(done) });
    expect(result).toMatchObject({ status: 'success', deleted: 39, isCacheUpdated: true });
    expect(result.results).toEqual(gone.map((path) => ({ file_path: path, success: true, deleted_files: [path] })));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(39);
    expect(library.paths()).toEqual(['loras/sub/m0.safetensors']);
    expect(library.state().tags).toEqual(['x 1']);
    const { restored } = await library.trash.restore(result.batchId ?? '');
    expect(restored).toHaveLength(78);
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('one path outside the library refuses the whole request before anything is touched', async () => {
    const { shelf, paths } = manyModels(3);
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const outside = shelf.put('elsewhere/a.safetensors', 'a');
    await expect(library.lifecycle.bulkDelete([...paths, outside])).rejects.toMatchObject({
      code: 'path_outside_roots',
    });
    await expect(library.lifecycle.bulkDelete([])).rejects.toMatchObject({ code: 'validation_failed' });
    unlinkSync(outside);
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('a model that cannot be deleted, one that is unknown and one that is gone do not keep the others', async () => {
    const { shelf, paths } = manyModels(6);
    const files = failingAt((to) => to.includes('/trash/') && to.endsWith('m3.safetensors'), 'EACCES');
    const library = await shelf.open({ files });
    unlinkSync(paths[5] ?? '');
    const unknown = shelf.at('loras/none.safetensors');
    const result = await library.lifecycle.bulkDelete([...paths, unknown, paths[0] ?? '']);
    expect(result).toMatchObject({ status: 'success', deleted: 4, isCacheUpdated: true });
    expect(result.results.map(({ success }) => success)).toEqual([true, true, true, false, true, false, false]);
    expect(result.results[5]).toEqual({ file_path: paths[5], success: false, error: 'No files deleted' });
    expect(library.paths()).toEqual(['more/sub/m3.safetensors']);
  });

  it('W-W8: a bulk delete that is cancelled midway has committed exactly what is gone', async () => {
    const { shelf, paths } = manyModels(50);
    const library = await shelf.open();
    const result = await library.lifecycle.bulkDelete(paths, { onProgress: () => library.lifecycle.cancel() });
    expect(result.status).toBe('cancelled');
    expect(result.results.length).toBeGreaterThan(0);
    expect(result.results.length).toBeLessThan(50);
    expect(result.deleted).toBe(result.results.length);
    expect(library.paths()).toEqual(
      shelf
        .names()
        .filter((name) => name.endsWith('.safetensors'))
        .sort(),
    );
    expect(library.paths()).toHaveLength(50 - result.deleted);
    expect((await library.trash.restore(result.batchId ?? '')).restored).toHaveLength(result.deleted * 2);
  });

  it('W-W8: a cancel in the middle of a plan takes that plan back', async () => {
    const { shelf, paths } = manyModels(20);
    const controller = new AbortController();
    const files = { ...nodeFileOperations };
    files.link = async (from, to) => {
      if (to.includes('/trash/') && to.endsWith('m4.safetensors')) controller.abort();
      return nodeFileOperations.link(from, to);
    };
    const library = await shelf.open({ files });
    const before = [shelf.snapshot(), library.state()];
    const result = await library.lifecycle.bulkDelete(paths, { signal: controller.signal });
    expect(result).toMatchObject({
      status: 'cancelled',
      deleted: 0,
      isCacheUpdated: false,
      batchId: null,
      results: [],
    });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('W-W8: a cancel ends no run that begins after it', async () => {
    const { shelf, paths } = manyModels(4);
    const library = await shelf.open();
    library.lifecycle.cancel();
    const result = await library.lifecycle.bulkDelete(paths);
    expect(result).toMatchObject({ status: 'success', deleted: 4 });
    library.lifecycle.cancel();
    await expect(library.lifecycle.deleteModel(paths[0] ?? '')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('W-W15: models of one stem that go together take everything along, and come back with it', async () => {
    const shelf = shelfFolder();
    const paths = [shelf.put('loras/ink.safetensors', weights('ink'))];
    for (let index = 0; index < 20; index++)
      paths.push(shelf.put(`loras/m${String(index)}.safetensors`, weights(`${String(index)}`)));
    paths.push(shelf.put('loras/ink.ckpt', 'other'));
    shelf.put('loras/ink.metadata.json', sidecar({ file_path: paths[0], notes: 'mine', size: 0 }));
    shelf.put('loras/ink.civitai.info', '{}');
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const { batchId } = await library.lifecycle.bulkDelete(paths);
    expect(shelf.names()).toEqual([]);
    const { batches } = await library.trash.list({ page: 1, pageSize: 1 });
    expect(batches).toMatchObject([{ file_count: paths.length + 2 }]);
    await library.trash.restore(batchId ?? '');
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });
});
