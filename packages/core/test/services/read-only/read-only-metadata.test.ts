import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openRecordLog } from '../../../src/disk/record-log.js';
import { sidecarText } from '../../../src/disk/raw-sidecar.js';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { memoryRecordLog } from '../../../src/ports/record-log.js';
import { ModelMetadataReader } from '../../../src/services/metadata/model-metadata-reader.js';
import { readOnlyRowSchema, type ReadOnlyRow } from '../../../src/services/read-only/read-only-metadata.js';
import { put, safetensors, sidecar, tempFolder } from '../../disk/temp-library.js';
import { editLibrary, filesBelow, sidecarAt } from '../metadata-sync/edit-library.js';

function models(folder: string): { a: string; b: string } {
  const a = put(folder, 'a.safetensors', safetensors({}));
  put(
    folder,
    'a.metadata.json',
    sidecar({ file_path: a, size: 0, notes: 'disk', tags: ['disk'], civitai: { id: 1, images: [1] } }),
  );
  return { a, b: put(folder, 'b.ckpt', 'x') };
}

describe('metadata of read-only roots', () => {
  it('Invariant: nothing is ever written beside the model, and what was not edited stays what the disk says', async () => {
    const folder = tempFolder();
    const { a, b } = models(folder);
    const log = memoryRecordLog<ReadOnlyRow>();
    const library = editLibrary(folder, { readOnly: true, log });
    await library.scan();
    const [files, beforeA, beforeB] = [filesBelow(folder), library.entry(a), library.entry(b)];
    await library.call('saveMetadata', { file_path: a, notes: 'mine', civitai: { trainedWords: ['w'] }, x_more: 1 });
    await library.call('addTags', { file_path: a, tags: ['mine'] });
    await library.call('bulkEditModels', { file_paths: [a, b], add_tags: ['both'], base_model: 'Pony' });
    await library.call('excludeModel', { file_path: b });
    expect(filesBelow(folder)).toEqual(files);
    expect(library.entry(a)).toEqual({
      ...beforeA,
      notes: 'mine',
      tags: ['disk', 'mine', 'both'],
      base_model: 'Pony',
      civitai: { id: 1, trainedWords: ['w'] },
    });
    expect(library.entry(b)).toEqual({ ...beforeB, tags: ['both'], base_model: 'Pony', exclude: true });
    expect([library.listed.size, library.excluded.size]).toEqual([1, 1]);
    expect(log.get(a)).toEqual({
      sidecar: {
        notes: 'mine',
        civitai: { trainedWords: ['w'] },
        x_more: 1,
        tags: ['disk', 'mine', 'both'],
        base_model: 'Pony',
      },
    });

    const rows = [library.entry(a), library.entry(b)];
    await library.scan(true);
    expect([library.entry(a), library.entry(b)]).toEqual(rows);
    const next = editLibrary(folder, { readOnly: true, log });
    await next.scan();
    expect([next.entry(a), next.entry(b)]).toEqual(rows);
    expect([...next.kept.paths()].sort()).toEqual([a, b]);

    // What its owner changes beside the model is seen, where it was not edited here.
    put(
      folder,
      'a.metadata.json',
      sidecar({ file_path: a, size: 0, notes: 'new', favorite: true, civitai: { id: 2 } }),
    );
    await next.scan();
    expect(next.entry(a)).toMatchObject({ notes: 'mine', favorite: true, civitai: { id: 2, trainedWords: ['w'] } });
  });

  it('a root that the system makes read-only keeps edits as records, and the next edit that can be written takes them over', async () => {
    for (const [code, isLockable] of [
      ['EROFS', false],
      ['EACCES', false],
      ['EPERM', true],
      ['EACCES', true],
    ] as const) {
      const folder = tempFolder();
      const { a } = models(folder);
      let isReadOnly = true;
      const library = editLibrary(folder, {
        files: {
          writeNew: (path, content) =>
            isReadOnly && path.startsWith(folder) && !(isLockable && path.includes('writer.lock'))
              ? Promise.reject(Object.assign(new Error(code), { code }))
              : nodeFileOperations.writeNew(path, content),
        },
      });
      await library.scan();
      const files = filesBelow(folder);
      await library.call('saveMetadata', { file_path: a, notes: 'mine', favorite: true });
      expect(filesBelow(folder)).toEqual(files);
      expect(library.entry(a)).toMatchObject({ notes: 'mine', favorite: true, tags: ['disk'] });
      isReadOnly = false;
      await library.call('addTags', { file_path: a, tags: ['t'] });
      expect(sidecarAt(folder, 'a.metadata.json')).toMatchObject({
        notes: 'mine',
        favorite: true,
        tags: ['disk', 't'],
      });
      expect(library.log.size).toBe(0);
      await library.scan(true);
      expect(library.entry(a)).toMatchObject({ notes: 'mine', favorite: true, tags: ['disk', 't'] });
    }
  });

  it('an edit of a model that was moved there without its sidecar outlives the next scan', async () => {
    const folder = tempFolder();
    const { a } = models(folder);
    const library = editLibrary(folder, { readOnly: true });
    await library.scan();
    const moved = join(folder, 'moved.safetensors');
    renameSync(a, moved);
    await library.scan();
    expect(library.entry(moved).notes).toBe('disk');
    await library.call('addTags', { file_path: moved, tags: ['mine'] });
    await library.scan(true);
    expect(library.entry(moved)).toMatchObject({ notes: 'disk', tags: ['disk', 'mine'] });
  });

  it('a crash between the new sidecar and the end of its record loses nothing', async () => {
    const folder = tempFolder();
    const { a } = models(folder);
    const log = memoryRecordLog<ReadOnlyRow>();
    const first = editLibrary(folder, { readOnly: true, log });
    await first.scan();
    await first.call('saveMetadata', { file_path: a, notes: 'old' });
    let end = (): void => undefined;
    const never = new Promise<void>((resolve) => (end = resolve));
    const dead = editLibrary(folder, { log: { ...log, get: log.get, remove: () => never } });
    // The engine waits for what runs.
    onTestFinished(() => end());
    await dead.scan();
    void dead.call('saveMetadata', { file_path: a, notes: 'newer' });
    await vi.waitFor(() => expect(sidecarAt(folder, 'a.metadata.json')['notes']).toBe('newer'));
    expect(log.get(a)).toEqual({ sidecar: { notes: 'newer' } });
    const next = editLibrary(folder, { log });
    await next.scan();
    expect(next.entry(a).notes).toBe('newer');
  });

  it('W-W27: a record that cannot be written is an error, and does not hold', async () => {
    const folder = tempFolder();
    const { a } = models(folder);
    const log = memoryRecordLog<ReadOnlyRow>();
    let isFull = false;
    const put_ = async (key: string, row: ReadOnlyRow): Promise<void> => {
      await log.put(key, row);
      if (isFull) throw Object.assign(new Error(), { code: 'ENOSPC' });
    };
    const library = editLibrary(folder, {
      readOnly: true,
      log: { ...log, get: log.get, put: put_ },
    });
    await library.scan();
    await library.call('saveMetadata', { file_path: a, notes: 'kept' });
    const entry = library.entry(a);
    isFull = true;
    await expect(library.call('saveMetadata', { file_path: a, notes: 'lost' })).rejects.toMatchObject({
      code: 'disk_full',
    });
    expect(library.entry(a)).toBe(entry);
    await library.scan(true);
    expect(library.entry(a).notes).toBe('kept');
  });

  it('an edit that could not be written stays kept when its owner wrote the sidecar meanwhile', async () => {
    const folder = tempFolder();
    const { a } = models(folder);
    const library = editLibrary(folder, { readOnly: true });
    await library.scan();
    put(folder, 'a.metadata.json', sidecar({ file_path: a, size: 0, notes: 'theirs', favorite: true }));
    await library.call('saveMetadata', { file_path: a, notes: 'mine' });
    expect(library.entry(a)).toMatchObject({ notes: 'mine', favorite: true });
    expect(library.log.size).toBe(1);
  });

  it('what is kept goes with a model to its new path, and goes when its sidecar says it', async () => {
    const folder = tempFolder();
    const { a } = models(folder);
    const log = memoryRecordLog<ReadOnlyRow>();
    await log.put(a, { sidecar: { notes: 'mine' } });
    const library = editLibrary(folder, { log });
    await library.scan();
    const to = join(folder, 'c.safetensors');
    const record = library.listed.recordOf(a);
    if (record === undefined) throw new Error('not listed');
    const { value } = await library.editor.draft(record);
    renameSync(a, to);
    renameSync(join(folder, 'a.metadata.json'), join(folder, 'c.metadata.json'));
    await library.mutations.commit({ moved: [{ from: a, to }] });
    expect(library.entry(to).notes).toBe('mine');
    expect([log.get(a), log.get(to)]).toEqual([undefined, { sidecar: { notes: 'mine' } }]);
    put(folder, 'c.metadata.json', sidecarText({ ...value, file_path: to }));
    await library.mutations.commit({ touched: [to] });
    expect([library.entry(to).notes, log.size]).toEqual(['mine', 0]);
  });

  it('what is kept goes with a model that somebody else moved, with or without its sidecar', async () => {
    const folder = tempFolder();
    const { a, b } = models(folder);
    const library = editLibrary(folder, { readOnly: true });
    await library.scan();
    await library.call('saveMetadata', { file_path: a, notes: 'mine', x_more: 1 });
    await library.call('saveMetadata', { file_path: b, notes: 'mine', x_more: 2 });
    const [toA, toB] = [join(folder, 'c.safetensors'), join(folder, 'd.ckpt')];
    renameSync(a, toA);
    renameSync(join(folder, 'a.metadata.json'), join(folder, 'c.metadata.json'));
    renameSync(b, toB);
    const { moved, upserts } = await library.scan();
    expect(moved).toHaveLength(2);
    expect([library.entry(toA), library.entry(toB)]).toMatchObject([{ notes: 'mine' }, { notes: 'mine' }]);
    expect(new Set(upserts)).toEqual(new Set([toA, toB]));
    expect([...library.kept.paths()].sort()).toEqual([toA, toB]);
    expect(library.log.get(toB)?.sidecar).toMatchObject({ x_more: 2 });
    await library.scan(true);
    expect(library.entry(toA).notes).toBe('mine');
  });

  it('what is kept of a model that is gone is not that of another one that is moved to its path', async () => {
    const folder = tempFolder();
    const { a, b } = models(folder);
    const log = memoryRecordLog<ReadOnlyRow>();
    await log.put(b, { sidecar: { notes: 'of the one that is gone' } });
    const library = editLibrary(folder, { log });
    rmSync(b);
    await library.scan();
    renameSync(a, b);
    await library.mutations.commit({ moved: [{ from: a, to: b }] });
    expect([library.entry(b).notes, log.size]).toEqual(['', 0]);
  });

  it('what is kept of a model is answered with its metadata', async () => {
    const folder = tempFolder();
    const { a, b } = models(folder);
    const library = editLibrary(folder, { readOnly: true });
    await library.scan();
    const reader = new ModelMetadataReader('Lora', undefined, library.kept);
    await expect(reader.civitaiOf({ path: b, size: 1 }, [])).rejects.toMatchObject({ code: 'not_found' });
    await library.call('saveMetadata', { file_path: a, civitai: { trainedWords: ['w'] }, modelDescription: 'mine' });
    await library.call('saveMetadata', { file_path: b, civitai: { id: 5 } });
    expect(await reader.civitaiOf({ path: a, size: 10 }, [])).toEqual({
      civitai: { id: 1, images: [1], trainedWords: ['w'] },
      source: 'sidecar',
    });
    expect(await reader.descriptionOf({ path: a, size: 10 }, [])).toBe('mine');
    expect(await reader.civitaiOf({ path: b, size: 1 }, [])).toEqual({ civitai: { id: 5 }, source: 'remembered' });
  });

  it('records outlive the process', async () => {
    const file = join(tempFolder(), 'read-only.ndjson');
    const format = { file, format: 'modelshelf-read-only', version: 1, schema: readOnlyRowSchema };
    const log = await openRecordLog(format);
    await log.put('/a', { sidecar: { notes: 'ü', civitai: { id: 1 } } });
    await log.close();
    const next = await openRecordLog(format);
    expect(next.get('/a')).toEqual({ sidecar: { notes: 'ü', civitai: { id: 1 } } });
    await next.close();
    rmSync(file);
  });
});
