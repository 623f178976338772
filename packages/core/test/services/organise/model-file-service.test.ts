import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { put, root, safetensors, sidecar, tempFolder } from '../../disk/temp-library.js';
import { filesOf, organisedShelf, treeOf } from './organised-shelf.js';

const failure = (code: string) => expect.objectContaining({ code }) as Error;

/** A model with a sidecar of its own; the base model says where it belongs. */
function putModel(folder: string, path: string, base = 'Pony', tags: readonly string[] = ['anime']): string {
  const file = put(folder, `${path}.safetensors`, safetensors({ path }));
  put(folder, `${path}.metadata.json`, sidecar({ file_path: file, model_name: path, base_model: base, tags }));
  return file;
}

const modelsOf = (folder: string): string[] => filesOf(folder).filter((path) => path.endsWith('.safetensors'));

describe('ModelFileService', () => {
  it('moves every model below its own root, and says what it did', async () => {
    const base = tempFolder();
    const [one, two] = [join(base, 'one'), join(base, 'two')];
    putModel(one, 'a');
    putModel(one, 'x/y/b', 'SDXL', []);
    putModel(one, 'Pony/anime/c');
    putModel(two, 'd');
    const shelf = await organisedShelf(base, { roots: [root(one, 'loras-0'), root(two, 'loras-1')] });
    const result = await shelf.organise();
    expect(modelsOf(base)).toEqual([
      'one/Pony/anime/a.safetensors',
      'one/Pony/anime/c.safetensors',
      'one/SDXL/no tags/b.safetensors',
      'two/Pony/anime/d.safetensors',
    ]);
    expect(shelf.rows()).toEqual(modelsOf(base));
    expect(result).toEqual({
      status: 'success',
      operation: 'all',
      organization: 'structured',
      counters: { total: 4, processed: 4, success: 3, failures: 0, skipped: 1 },
      cleanedFolders: { [one]: 2, [two]: 0 },
      rows: [],
    });
    expect(shelf.progress.map(({ status }) => status)).toEqual(['started', 'processing', 'cleaning', 'completed']);
    expect(shelf.progress.at(-1)).toMatchObject({ cleanup: { [one]: 2, [two]: 0 }, operation_type: 'all', success: 3 });
    expect((await shelf.organise()).counters).toMatchObject({ success: 0, skipped: 4 });
  });

  it('W-W2: values of a model lead neither out of the root nor upwards in it', async () => {
    const folder = join(tempFolder(), 'loras');
    putModel(folder, 'deep/er/a', '../../..', ['../../../../tmp', 'x']);
    const shelf = await organisedShelf(folder, { settings: { template: '../{base_model}/{first_tag}/{author}' } });
    await shelf.organise();
    expect(modelsOf(folder)).toEqual(['tmp/Anonymous/a.safetensors']);
  });

  it('W-W2: a folder of the template that is a link elsewhere is refused, and one into another root too', async () => {
    const base = tempFolder();
    const [one, two, outside] = ['one', 'two', 'outside'].map((name) => join(base, name)) as [string, string, string];
    putModel(one, 'a');
    putModel(one, 'b', 'SDXL');
    for (const folder of [two, outside]) mkdirSync(folder);
    symlinkSync(outside, join(one, 'Pony'));
    symlinkSync(two, join(one, 'SDXL'));
    const shelf = await organisedShelf(base, { roots: [root(one, 'loras-0'), root(two, 'loras-1')] });
    const { counters, rows } = await shelf.organise();
    expect(counters).toMatchObject({ failures: 2, success: 0 });
    expect(rows.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Error: Target path .* is outside configured library directories$/),
      'Failed to move model: its folder lies in another root',
    ]);
    expect(modelsOf(base)).toEqual(['one/a.safetensors', 'one/b.safetensors']);
  });

  it('W-W3: removes only emptied ancestors of what it moved, never a root or a folder that was empty before', async () => {
    const base = tempFolder();
    const folder = join(base, 'loras');
    const elsewhere = join(base, 'elsewhere');
    putModel(folder, 'a/b/one');
    putModel(folder, 'kept/two');
    put(folder, 'kept/readme.md', 'mine');
    put(elsewhere, 'sub/three.safetensors', safetensors({ three: '3' }));
    mkdirSync(join(folder, 'empty/on purpose'), { recursive: true });
    mkdirSync(join(folder, 'a/c'));
    symlinkSync(elsewhere, join(folder, 'linked'));
    const shelf = await organisedShelf(folder);
    const { cleanedFolders } = await shelf.organise();
    expect(treeOf(folder).filter((path) => path.endsWith('/'))).toEqual([
      'Pony/',
      'Pony/anime/',
      'Unknown/',
      'Unknown/no tags/',
      'a/',
      'a/c/',
      'empty/',
      'empty/on purpose/',
      'kept/',
    ]);
    expect(cleanedFolders).toEqual({ [folder]: 1 });
    expect(existsSync(join(elsewhere, 'sub'))).toBe(true);

    await shelf.engine.close();
    const flat = await organisedShelf(folder, { settings: { template: '' } });
    await flat.organise();
    await flat.engine.close();
    const back = await organisedShelf(folder);
    await back.organise({ filePaths: [join(folder, 'one.safetensors')] });
    expect(existsSync(folder)).toBe(true);
  });

  it('W-W14: a target of which anything is taken is a failure, and nothing is renamed', async () => {
    const folder = tempFolder();
    putModel(folder, 'x/a');
    putModel(folder, 'y/a');
    putModel(folder, 'b');
    put(folder, 'Pony/anime/b.webp', 'somebody else');
    const shelf = await organisedShelf(folder);
    const { counters, rows } = await shelf.organise();
    expect(counters).toEqual({ total: 3, processed: 3, success: 1, failures: 2, skipped: 0 });
    expect(rows.map(({ message }) => message).sort()).toEqual([
      `Target file already exists: ${folder}/Pony/anime/a.safetensors`,
      `Target file already exists: ${folder}/Pony/anime/b.safetensors`,
    ]);
    expect(readFileSync(join(folder, 'Pony/anime/b.webp'), 'utf8')).toBe('somebody else');
    expect(shelf.rows()).toEqual(modelsOf(folder));
  });

  it('moves models that take each other’s places in turn', async () => {
    const folder = tempFolder();
    putModel(folder, 'Pony/anime/a', 'SDXL', []);
    const shelf = await organisedShelf(folder);
    putModel(folder, 'x/a');
    await shelf.scan();
    const { counters } = await shelf.organise();
    expect(counters).toMatchObject({ success: 2, failures: 0 });
    expect(modelsOf(folder)).toEqual(['Pony/anime/a.safetensors', 'SDXL/no tags/a.safetensors']);
  });

  it('W-W16: the failure of one model undoes no other', async () => {
    const folder = tempFolder();
    for (const name of ['a', 'b', 'c', 'd']) putModel(folder, name);
    const before = treeOf(folder);
    const refuse = (path: string): void => {
      if (path.endsWith('/anime/c.safetensors')) throw Object.assign(new Error('no'), { code: 'EACCES' });
    };
    const shelf = await organisedShelf(folder, {
      files: {
        link: async (existing, path) => (refuse(path), nodeFileOperations.link(existing, path)),
        rename: async (from, to) => (refuse(to), nodeFileOperations.rename(from, to)),
        copyNew: async (from, to) => (refuse(to), nodeFileOperations.copyNew(from, to)),
      },
    });
    const { counters, rows } = await shelf.organise();
    expect(counters).toEqual({ total: 4, processed: 4, success: 3, failures: 1, skipped: 0 });
    expect(rows).toEqual([
      { model: 'c', success: false, message: expect.stringMatching(/^Error: No permission/) as string },
    ]);
    expect(modelsOf(folder)).toEqual([
      'Pony/anime/a.safetensors',
      'Pony/anime/b.safetensors',
      'Pony/anime/d.safetensors',
      'c.safetensors',
    ]);
    expect(shelf.rows()).toEqual(modelsOf(folder));
    await shelf.fileService.undoLastRun(new AbortController().signal);
    expect(treeOf(folder)).toEqual(before);
  });

  it('W-W18: organises a link to a model as a link', async () => {
    const folder = tempFolder();
    const target = put(tempFolder(), 'far.safetensors');
    symlinkSync(target, join(folder, 'foo.safetensors'));
    const shelf = await organisedShelf(folder);
    await shelf.organise();
    expect(shelf.rows()).toEqual(['Unknown/no tags/foo.safetensors']);
    expect(existsSync(target)).toBe(true);
  });

  it('W-W19: a model is organised below the root that contains it by whole components', async () => {
    const base = tempFolder();
    const [one, two] = [join(base, 'loras'), join(base, 'loras2')];
    mkdirSync(one);
    putModel(two, 'a');
    const shelf = await organisedShelf(base, { roots: [root(one, 'loras-0'), root(two, 'loras-1')] });
    await shelf.organise();
    expect(modelsOf(base)).toEqual(['loras2/Pony/anime/a.safetensors']);
    expect(shelf.listed.recordOf(join(two, 'Pony/anime/a.safetensors'))?.entry.folder).toBe('Pony/anime');
  });

  it('W-W23: an empty list is nothing, unknown paths are ignored, and an absent list is all', async () => {
    const folder = tempFolder();
    const a = putModel(folder, 'a');
    putModel(folder, 'b');
    const shelf = await organisedShelf(folder);
    const empty = await shelf.organise({ filePaths: [] });
    expect(empty).toMatchObject({ status: 'success', operation: 'bulk', counters: { total: 0 }, cleanedFolders: {} });
    expect(shelf.progress.map(({ status }) => status)).toEqual(['started', 'processing', 'cleaning', 'completed']);
    expect(shelf.progress.at(-1)).toMatchObject({ cleanup: {} });
    await shelf.organise({ filePaths: ['/nowhere.safetensors', '', 'x'] });
    expect(modelsOf(folder)).toEqual(['a.safetensors', 'b.safetensors']);
    const named = await shelf.organise({ filePaths: [`${folder}/./a.safetensors`, a, 'loras-0:a.safetensors'] });
    expect(named).toMatchObject({ counters: { total: 1, success: 1 }, cleanedFolders: { [folder]: 0 } });
    expect((await shelf.organise()).counters).toMatchObject({ total: 2, success: 1, skipped: 1 });
  });

  it('leaves excluded models alone: those of the settings, or those of the run in their place', async () => {
    const folder = tempFolder();
    for (const name of ['keep/a', 'b', 'c']) putModel(folder, name);
    const shelf = await organisedShelf(folder, { settings: { exclusions: ['keep/*', 'b.*'] } });
    expect((await shelf.fileService.plan({ exclusionPatterns: [] })).moves).toHaveLength(3);
    expect((await shelf.fileService.plan({ exclusionPatterns: [`${folder}/[bc].*`] })).moves).toHaveLength(1);
    expect((await shelf.organise()).counters).toMatchObject({ total: 1, success: 1 });
    expect(modelsOf(folder)).toEqual(['Pony/anime/c.safetensors', 'b.safetensors', 'keep/a.safetensors']);
  });

  it('puts everything into its root when the template is empty, and skips what is there', async () => {
    const folder = tempFolder();
    putModel(folder, 'x/a');
    putModel(folder, 'b');
    const shelf = await organisedShelf(folder, { settings: { template: '' } });
    const { organization, counters, rows } = await shelf.organise();
    expect([organization, counters.success, counters.skipped]).toEqual(['flat', 1, 1]);
    expect(rows).toEqual([{ model: 'b', success: false, message: 'Skipped - insufficient metadata for organization' }]);
    await shelf.engine.close();
    const empty = await organisedShelf(folder, { settings: { template: '{version_name}' } });
    expect((await empty.organise()).counters).toMatchObject({ skipped: 2, success: 0 });
  });

  it('refuses to organise without roots', async () => {
    const shelf = await organisedShelf(tempFolder(), { roots: [] });
    await expect(shelf.organise()).rejects.toThrow('No model roots configured');
    expect(shelf.progress).toEqual([]);
  });

  it('Auto-organize counters never decrease, and success + failures + skipped = processed <= total', async () => {
    const folder = tempFolder();
    for (let index = 0; index < 120; index += 1) {
      putModel(folder, `m${String(index)}`, index % 3 === 0 ? 'SDXL' : 'Pony');
      if (index % 7 === 0) put(folder, `Pony/anime/m${String(index)}.txt`, 'in the way');
    }
    for (let index = 0; index < 10; index += 1) putModel(folder, `Pony/anime/there${String(index)}`);
    const shelf = await organisedShelf(folder);
    await shelf.organise();
    const last = { processed: 0, success: 0, failures: 0, skipped: 0 };
    for (const snapshot of shelf.progress) {
      if (snapshot.status === 'error') throw new Error(snapshot.error);
      for (const key of ['processed', 'success', 'failures', 'skipped'] as const) {
        expect(snapshot[key]).toBeGreaterThanOrEqual(last[key]);
        last[key] = snapshot[key];
      }
      expect(snapshot.success + snapshot.failures + snapshot.skipped).toBe(snapshot.processed);
      expect(snapshot.processed).toBeLessThanOrEqual(snapshot.total);
    }
    expect(shelf.progress.filter(({ status }) => status === 'processing')).toHaveLength(3);
    expect(last).toEqual({ processed: 130, success: 108, failures: 12, skipped: 10 });
  });

  it('a cancelled run stops at the next batch, tidies nothing up and keeps what it moved', async () => {
    const folder = tempFolder();
    for (let index = 0; index < 120; index += 1) putModel(folder, `x/m${String(index)}`);
    const shelf = await organisedShelf(folder);
    const abort = new AbortController();
    const progress: string[] = [];
    const result = await shelf.fileService.autoOrganize(
      {},
      {
        signal: abort.signal,
        onProgress: ({ status }) => {
          progress.push(status);
          if (status === 'processing') abort.abort();
        },
      },
    );
    expect(progress).toEqual(['started', 'processing', 'cancelled']);
    expect(result).toMatchObject({ status: 'cancelled', cleanedFolders: {}, counters: { processed: 50, total: 120 } });
    expect(modelsOf(join(folder, 'Pony'))).toHaveLength(50);
    expect(shelf.rows()).toEqual(modelsOf(folder));
  });

  it('a dry run changes nothing, on disk or in the catalog, and says what a run then does', async () => {
    const folder = tempFolder();
    const a = putModel(folder, 'x/a');
    const other = putModel(folder, 'y/a');
    const b = putModel(folder, 'b', 'SDXL');
    putModel(folder, 'Pony/anime/c', 'SDXL');
    putModel(folder, 'z/c');
    const shelf = await organisedShelf(folder);
    const [tree, rows] = [treeOf(folder), shelf.rows()];
    const plan = await shelf.fileService.plan({});
    expect(treeOf(folder)).toEqual(tree);
    expect(shelf.rows()).toEqual(rows);
    expect(plan.moves).toHaveLength(4);
    expect(plan.moves).toContainEqual({ from: b, to: join(folder, 'SDXL/anime/b.safetensors') });
    const { filePath } = plan.conflicts[0] ?? { filePath: '' };
    expect([a, other]).toContain(filePath);
    const sizes = [...shelf.listed.records()].filter(({ entry }) => entry.file_path !== filePath);
    expect(plan.bytes).toBe(sizes.reduce((sum, { file }) => sum + file.size, 0));
    const { counters } = await shelf.organise();
    expect(counters).toMatchObject({ success: plan.moves.length, failures: plan.conflicts.length });
    for (const { from, to } of plan.moves)
      expect([existsSync(from) && shelf.rows().includes(from), existsSync(to)]).toEqual([false, true]);
  });
});

describe('undo of the last run', () => {
  const { signal } = new AbortController();

  it('brings everything back to where it was, with notes that were written since', async () => {
    const folder = tempFolder();
    putModel(folder, 'x/y/a');
    putModel(folder, 'b', 'SDXL', []);
    put(folder, 'b.preview.png', 'image');
    put(folder, 'Pony/readme.md', 'was there');
    const shelf = await organisedShelf(folder);
    const tree = treeOf(folder);
    await shelf.organise();
    const edited = join(folder, 'Pony/anime/a.metadata.json');
    const text = JSON.parse(readFileSync(edited, 'utf8')) as object;
    writeFileSync(edited, JSON.stringify({ ...text, notes: 'written later' }));

    const { restored, refused } = await shelf.fileService.undoLastRun(signal);
    expect([...restored].sort()).toEqual([join(folder, 'b.safetensors'), join(folder, 'x/y/a.safetensors')]);
    expect(refused).toEqual([]);
    expect(treeOf(folder)).toEqual(tree);
    expect(shelf.rows()).toEqual(modelsOf(folder));
    expect(shelf.listed.recordOf(join(folder, 'x/y/a.safetensors'))?.entry.notes).toBe('written later');
    expect(JSON.parse(readFileSync(join(folder, 'b.metadata.json'), 'utf8'))).toMatchObject({
      file_path: join(folder, 'b.safetensors'),
      base_model: 'SDXL',
    });
    await expect(shelf.fileService.undoLastRun(signal)).rejects.toEqual(failure('not_found'));
  });

  it('an undo overwrites nothing: a model whose former path is taken is refused, and no other with it', async () => {
    const folder = tempFolder();
    for (const name of ['a', 'b', 'c', 'd']) putModel(folder, name);
    const shelf = await organisedShelf(folder);
    await shelf.organise();
    put(folder, 'b.safetensors', 'a newer one');
    rmSync(join(folder, 'Pony/anime/c.safetensors'));
    put(folder, 'Pony/anime/d.safetensors', 'another file of that name');
    await shelf.scan();
    const { restored, refused } = await shelf.fileService.undoLastRun(signal);
    expect(restored).toEqual([join(folder, 'a.safetensors')]);
    expect(refused.map(({ filePath, message }) => [filePath, message])).toEqual([
      [join(folder, 'Pony/anime/d.safetensors'), 'Failed to move model: it is another file now'],
      [join(folder, 'Pony/anime/c.safetensors'), 'Failed to move model: it is not there any more'],
      [join(folder, 'Pony/anime/b.safetensors'), `Target file already exists: ${folder}/b.safetensors`],
    ]);
    expect(readFileSync(join(folder, 'b.safetensors'), 'utf8')).toBe('a newer one');
    rmSync(join(folder, 'b.safetensors'));
    await shelf.scan();
    const again = await shelf.fileService.undoLastRun(signal);
    expect(again.restored).toEqual([join(folder, 'b.safetensors')]);
    expect(again.refused).toHaveLength(2);
  });

  it('undoes all batches of the last run, and only that one', async () => {
    const folder = tempFolder();
    for (let index = 0; index < 120; index += 1) putModel(folder, `m${String(index)}`);
    const shelf = await organisedShelf(folder);
    const first = modelsOf(folder).slice(0, 20);
    await shelf.organise({ filePaths: first.map((path) => join(folder, path)) });
    await shelf.organise();
    expect(modelsOf(join(folder, 'Pony'))).toHaveLength(120);
    const { restored } = await shelf.fileService.undoLastRun(signal);
    expect(restored).toHaveLength(100);
    expect(modelsOf(join(folder, 'Pony'))).toHaveLength(20);
    await shelf.fileService.undoLastRun(signal);
    expect(treeOf(folder).filter((path) => path.endsWith('/'))).toEqual([]);
  });
});
