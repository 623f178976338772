import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import { put, sidecar } from '../../disk/temp-library.js';
import { shelfFolder, weights } from '../lifecycle/writable-shelf.js';

const DAY = 24 * 60 * 60 * 1000;
const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const everything = { page: 1, pageSize: 100 };

/** A shelf with one model that has a sidecar and a preview. */
function oneModel() {
  const shelf = shelfFolder();
  const path = shelf.put('loras/sub/ink.safetensors', weights('ink'));
  shelf.put('loras/sub/ink.metadata.json', sidecar({ tags: ['x'], notes: 'n' }));
  shelf.put('loras/sub/ink.webp', 'picture');
  return { shelf, path, batchFolder: (id: string) => shelf.at(`loras/.modelshelf/trash/${id}`) };
}

/** As if the trash were on a device of its own. */
const crossing = (from: string, to: string): string | undefined =>
  from.includes('/trash/') === to.includes('/trash/') ? undefined : 'EXDEV';

describe('TrashService', () => {
  it('Invariant 23: undo restores byte-identical files and an equal cache entry, and returns tag counts to their earlier values', async () => {
    const { shelf, path } = oneModel();
    const library = await shelf.open();
    await library.digestAll();
    const before = [shelf.snapshot(), library.state(), statSync(path).mtimeMs, statSync(path).ino];
    const { batchId } = await library.lifecycle.deleteModel(path);
    expect(library.state().tags).toEqual([]);
    const { restored, kind, remaining } = await library.trash.restore(batchId ?? '');
    expect({ restored: [...restored].sort(), kind, remaining }).toEqual({
      restored: ['ink.metadata.json', 'ink.safetensors', 'ink.webp'].map((name) => shelf.at(`loras/sub/${name}`)),
      kind: 'model',
      remaining: 0,
    });
    expect([shelf.snapshot(), library.state(), statSync(path).mtimeMs, statSync(path).ino]).toEqual(before);
    expect(readdirSync(shelf.at('loras/.modelshelf/trash'))).toEqual([]);
    await expect(library.trash.restore(batchId ?? '')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('Invariant 23: a folder that went meanwhile is made again', async () => {
    const { shelf, path } = oneModel();
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const { batchId } = await library.lifecycle.deleteModel(path);
    rmSync(shelf.at('loras/sub'), { recursive: true });
    await library.trash.restore(batchId ?? '');
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it.each(['ink.safetensors', 'ink.metadata.json', 'ink.webp'])(
    'Invariant 24: an occupied target refuses an undo completely (%s)',
    async (name) => {
      const { shelf, path } = oneModel();
      const library = await shelf.open();
      const { batchId } = await library.lifecycle.deleteModel(path);
      shelf.put(`loras/sub/${name}`, name.endsWith('.json') ? sidecar() : 'somebody else');
      const before = [shelf.snapshot(), library.state()];
      await expect(library.trash.restore(batchId ?? '')).rejects.toMatchObject({
        code: 'conflict',
        message: 'Target path occupied',
      });
      expect([shelf.snapshot(), library.state()]).toEqual(before);
      unlinkSync(shelf.at(`loras/sub/${name}`));
      expect((await library.trash.restore(batchId ?? '')).remaining).toBe(0);
    },
  );

  it('Invariant 24: an occupied target of one model refuses the batch of many', async () => {
    const shelf = shelfFolder(['loras', 'more']);
    const paths = ['loras/a', 'more/b', 'loras/c'].map((name) => shelf.put(`${name}.safetensors`, weights(name)));
    const library = await shelf.open();
    const { batchId } = await library.lifecycle.bulkDelete(paths);
    shelf.put('more/b.safetensors', 'somebody else');
    const before = shelf.snapshot();
    await expect(library.trash.restore(batchId ?? '')).rejects.toMatchObject({ code: 'conflict' });
    expect(shelf.snapshot()).toEqual(before);
  });

  it('a restore that fails midway is taken back and can be done again', async () => {
    const { shelf, path } = oneModel();
    let isBroken = true;
    const files = { ...nodeFileOperations };
    files.link = async (from, to) => {
      if (isBroken && from.includes('/trash/') && to.endsWith('sub/ink.webp')) {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      }
      return nodeFileOperations.link(from, to);
    };
    const library = await shelf.open({ files });
    const whole = shelf.snapshot();
    const { batchId } = await library.lifecycle.deleteModel(path);
    const before = [shelf.snapshot(), library.state()];
    await expect(library.trash.restore(batchId ?? '')).rejects.toMatchObject({ code: 'disk_full' });
    expect([shelf.snapshot(), library.state()]).toEqual(before);
    isBroken = false;
    await library.trash.restore(batchId ?? '');
    expect(shelf.snapshot()).toEqual(whole);
  });

  it('P-12: what was deleted is restorable after a restart, for thirty days', async () => {
    const { shelf, path } = oneModel();
    const first = await shelf.open();
    const before = first.state();
    const { batchId } = await first.lifecycle.deleteModel(path);
    await first.engine.close();
    shelf.now.ms += 29 * DAY;
    const second = await shelf.open();
    await second.trash.purge({ kind: 'expired' });
    expect((await second.trash.list(everything)).batches).toMatchObject([{ batch_id: batchId, status: 'restorable' }]);
    await second.trash.restore(batchId ?? '');
    expect(second.state()).toEqual(before);
  });

  it.each([
    ['without hard links', () => 'EPERM', () => undefined],
    ['with the trash on another device', crossing, crossing],
  ])('P-12: a deletion is taken back on a disk %s', async (_, linkError, renameError) => {
    const { shelf, path } = oneModel();
    const files = { ...nodeFileOperations };
    const refusing = (call: 'link' | 'rename', errorOf: (from: string, to: string) => string | undefined): void => {
      files[call] = async (from, to) => {
        const code = errorOf(from, to);
        if (code !== undefined) throw Object.assign(new Error(code), { code });
        return nodeFileOperations[call](from, to);
      };
    };
    refusing('link', linkError);
    refusing('rename', renameError);
    const library = await shelf.open({ files });
    const before = [shelf.snapshot(), statSync(path).mtimeMs];
    const { batchId } = await library.lifecycle.deleteModel(path);
    expect([library.paths(), shelf.names()]).toEqual([[], []]);
    await library.trash.restore(batchId ?? '');
    expect([shelf.snapshot(), statSync(path).mtimeMs]).toEqual(before);
    expect(library.row(path).entry).toMatchObject({ notes: 'n', tags: ['x'] });
  });

  it('an expired batch cannot be undone, and the sweep removes it and nothing else', async () => {
    const shelf = shelfFolder();
    const [old, fresh] = ['old', 'fresh'].map((name) => shelf.put(`loras/${name}.safetensors`, weights(name)));
    const library = await shelf.open();
    const first = await library.lifecycle.deleteModel(old ?? '');
    shelf.now.ms += 30 * DAY - 1000;
    const second = await library.lifecycle.deleteModel(fresh ?? '');
    await expect(library.trash.restore('0'.repeat(32))).rejects.toMatchObject({ code: 'not_found' });
    shelf.now.ms += 2000;
    await expect(library.trash.restore(first.batchId ?? '')).rejects.toMatchObject({
      code: 'not_found',
      message: 'Undo window expired',
    });
    expect(await library.trash.purge({ kind: 'expired' })).toMatchObject({
      purged: [first.batchId],
      kept: [],
      filesRemoved: 1,
    });
    expect(readdirSync(shelf.at('loras/.modelshelf/trash'))).toEqual([second.batchId]);
  });

  it('brings back some files of a batch, and the rest later', async () => {
    const { shelf, path } = oneModel();
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const { batchId: id } = await library.lifecycle.deleteModel(path);
    const batchId = id ?? '';
    const preview = shelf.at('loras/sub/ink.webp');
    await expect(library.trash.restore(batchId, [preview, '/etc/passwd'])).rejects.toMatchObject({ code: 'not_found' });
    expect(await library.trash.restore(batchId, [path])).toMatchObject({ restored: [path], remaining: 2 });
    expect(library.row(path).entry).toMatchObject({ notes: '', preview_url: '' });
    expect((await library.trash.list({ ...everything, batchId })).batches[0]).toMatchObject({ file_count: 2 });
    expect(await library.trash.restore(batchId, [preview])).toMatchObject({ restored: [preview], remaining: 1 });
    expect(library.row(path).entry.preview_url).toBe(preview);
    await library.trash.restore(batchId);
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('lists batches page by page, the newest first, with what they hold', async () => {
    const shelf = shelfFolder(['loras', 'more']);
    const paths = Array.from({ length: 5 }, (_, index) =>
      shelf.put(`${index % 2 === 0 ? 'loras' : 'more'}/m${String(index)}.safetensors`, weights(String(index))),
    );
    const library = await shelf.open();
    const ids: string[] = [];
    for (const path of paths.slice(0, 3)) {
      shelf.now.ms += 1000;
      ids.unshift((await library.lifecycle.deleteModel(path)).batchId ?? '');
    }
    shelf.now.ms += 1000;
    ids.unshift((await library.lifecycle.bulkDelete(paths.slice(3))).batchId ?? '');
    const pages = await Promise.all([1, 2, 3].map((page) => library.trash.list({ page, pageSize: 2 })));
    expect(pages.map(({ batches }) => batches.map(({ batch_id }) => batch_id))).toEqual([
      ids.slice(0, 2),
      ids.slice(2),
      [],
    ]);
    expect(pages.every(({ total }) => total === 4)).toBe(true);
    const [bulk] = pages[0]?.batches ?? [];
    expect(bulk).toMatchObject({
      status: 'restorable',
      kind: 'model',
      model_type: 'loras',
      file_count: 2,
      deleted_at: Math.floor(shelf.now.ms / 1000),
      expires_at: Math.floor(shelf.now.ms / 1000) + 30 * 24 * 60 * 60,
    });
    expect(bulk?.files.map(({ file_path }) => file_path).sort()).toEqual(paths.slice(3).sort());
    expect(bulk?.folders).toHaveLength(2);
    expect(pages[0]?.bytes).toBe(5 * weights('0').length);
  });

  it.each([
    ['cut short', '{"version": 1, "batch'],
    ['no manifest at all', undefined],
    ['of a later version', JSON.stringify({ version: 2 })],
    ['with a path that leads elsewhere', 'escape'],
    ['with a staged path that leads elsewhere', 'staged'],
  ])('an unreadable manifest (%s) is listed, and never purged', async (_, text) => {
    const { shelf, path, batchFolder } = oneModel();
    const library = await shelf.open();
    const { batchId: id } = await library.lifecycle.deleteModel(path);
    const batchId = id ?? '';
    const manifest = join(batchFolder(batchId), 'manifest.json');
    const good = readFileSync(manifest, 'utf8');
    shelf.put('precious.txt', 'mine');
    if (text === undefined) unlinkSync(manifest);
    else if (text === 'escape')
      writeFileSync(manifest, good.replace('"original": "sub/ink.webp"', '"original": "../../ink.webp"'));
    else if (text === 'staged')
      writeFileSync(manifest, good.replace('"staged": "1/ink.webp"', '"staged": "1/../../../../../precious.txt"'));
    else writeFileSync(manifest, text);
    const before = shelf.snapshot();
    shelf.now.ms += 400 * DAY;
    expect((await library.trash.list(everything)).batches).toMatchObject([{ batch_id: batchId, status: 'unreadable' }]);
    expect(await library.trash.purge({ kind: 'expired' })).toMatchObject({ purged: [], filesRemoved: 0 });
    expect(await library.trash.purge({ kind: 'older_than', days: 0 })).toMatchObject({ purged: [], filesRemoved: 0 });
    expect(await library.trash.purge({ kind: 'all' })).toMatchObject({ purged: [], kept: [{ batch_id: batchId }] });
    await expect(library.trash.restore(batchId)).rejects.toMatchObject({ code: 'not_found' });
    expect(shelf.snapshot()).toEqual(before);
  });

  it('a batch with one unreadable manifest of several keeps all of it, until somebody asks', async () => {
    const shelf = shelfFolder(['loras', 'more']);
    const paths = ['loras/a', 'more/b'].map((name) => shelf.put(`${name}.safetensors`, weights(name)));
    const library = await shelf.open();
    const { batchId } = await library.lifecycle.bulkDelete(paths);
    const id = batchId ?? '';
    writeFileSync(shelf.at(`more/.modelshelf/trash/${id}/manifest.json`), '{');
    const before = shelf.snapshot();
    shelf.now.ms += 400 * DAY;
    await library.trash.purge({ kind: 'expired' });
    await library.trash.purge({ kind: 'older_than', days: 1 });
    expect(shelf.snapshot()).toEqual(before);
    shelf.now.ms -= 400 * DAY;
    expect((await library.trash.restore(id)).restored).toEqual([paths[0]]);
    const unreadable = { purged: [], kept: [{ batch_id: id }] };
    expect(await library.trash.purge({ kind: 'ids', ids: [id] })).toMatchObject(unreadable);
    expect(existsSync(shelf.at(`more/.modelshelf/trash/${id}/1/b.safetensors`))).toBe(true);
  });

  it('P-12: a purge removes the files that the manifest names and empty folders, nothing else', async () => {
    const { shelf, path, batchFolder } = oneModel();
    const library = await shelf.open();
    const { batchId: id } = await library.lifecycle.deleteModel(path);
    const batchId = id ?? '';
    const stranger = put(batchFolder(batchId), '1/stranger.txt', 'mine');
    expect(await library.trash.purge({ kind: 'ids', ids: [batchId, 'f'.repeat(32)] })).toEqual({
      purged: [batchId],
      kept: [{ batch_id: 'f'.repeat(32), error: `Unknown batch id: ${'f'.repeat(32)}` }],
      filesRemoved: 3,
      bytesFreed: weights('ink').length + 'picture'.length + sidecar({ tags: ['x'], notes: 'n' }).length,
    });
    expect(readFileSync(stranger, 'utf8')).toBe('mine');
    expect(readdirSync(batchFolder(batchId))).toEqual(['1']);
  });

  it('P-12: a link in the place of a folder of the trash leads no purge elsewhere', async () => {
    const { shelf, path, batchFolder } = oneModel();
    const library = await shelf.open();
    const { batchId: id } = await library.lifecycle.deleteModel(path);
    const batchId = id ?? '';
    const precious = shelf.put('precious/ink.safetensors', 'mine');
    rmSync(join(batchFolder(batchId), '1'), { recursive: true });
    symlinkSync(shelf.at('precious'), join(batchFolder(batchId), '1'));
    const { purged, kept } = await library.trash.purge({ kind: 'all' });
    expect([purged, kept.length]).toEqual([[], 1]);
    expect(readFileSync(precious, 'utf8')).toBe('mine');
  });

  it.each([Number.POSITIVE_INFINITY, Number.NaN, -1])(
    'P-12: with a retention of %s days what was deleted is restorable all the same',
    async (retentionDays) => {
      const { shelf, path } = oneModel();
      const library = await shelf.open({ retentionDays });
      const { batchId } = await library.lifecycle.deleteModel(path);
      expect((await library.trash.purge({ kind: 'expired' })).purged).toEqual([]);
      await library.trash.restore(batchId ?? '');
      expect(existsSync(path)).toBe(true);
    },
  );

  it('P-12: a link in the place of a folder of the trash lets no restore take files from elsewhere', async () => {
    const { shelf, path, batchFolder } = oneModel();
    const library = await shelf.open();
    const { batchId: id } = await library.lifecycle.deleteModel(path);
    const batchId = id ?? '';
    const precious = shelf.put('precious/ink.safetensors', 'mine');
    rmSync(join(batchFolder(batchId), '1'), { recursive: true });
    symlinkSync(shelf.at('precious'), join(batchFolder(batchId), '1'));
    await expect(library.trash.restore(batchId)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(precious, 'utf8')).toBe('mine');
    expect(existsSync(path)).toBe(false);
  });

  it('a purge that was cut short goes on with the next one', async () => {
    const { shelf, path } = oneModel();
    let isBroken = true;
    const files = { ...nodeFileOperations };
    files.unlink = async (target) => {
      if (isBroken && target.includes('/trash/') && target.endsWith('.webp'))
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return nodeFileOperations.unlink(target);
    };
    const library = await shelf.open({ files });
    const { batchId } = await library.lifecycle.deleteModel(path);
    isBroken = true;
    const first = await library.trash.purge({ kind: 'all' });
    expect(first).toMatchObject({ purged: [], kept: [{ batch_id: batchId }] });
    isBroken = false;
    expect(await library.trash.purge({ kind: 'all' })).toMatchObject({ purged: [batchId], kept: [] });
    expect(readdirSync(shelf.at('loras/.modelshelf/trash'))).toEqual([]);
  });

  it('purges by age', async () => {
    const shelf = shelfFolder();
    const paths = ['a', 'b'].map((name) => shelf.put(`loras/${name}.safetensors`, weights(name)));
    const library = await shelf.open();
    const first = await library.lifecycle.deleteModel(paths[0] ?? '');
    shelf.now.ms += 5 * DAY;
    await library.lifecycle.deleteModel(paths[1] ?? '');
    expect((await library.trash.purge({ kind: 'older_than', days: 3 })).purged).toEqual([first.batchId]);
    expect((await library.trash.list(everything)).total).toBe(1);
  });

  it('of a restore and a purge at once, one does it whole', async () => {
    for (let round = 0; round < 5; round++) {
      const { shelf, path } = oneModel();
      const library = await shelf.open();
      const { batchId } = await library.lifecycle.deleteModel(path);
      const both = [library.trash.restore(batchId ?? ''), library.trash.purge({ kind: 'all' })];
      await Promise.allSettled(round % 2 === 0 ? both : both.reverse());
      expect([0, 3]).toContain(shelf.names().length);
      expect((await library.trash.list(everything)).total).toBe(0);
      expect(library.paths()).toEqual(existsSync(path) ? ['loras/sub/ink.safetensors'] : []);
    }
  });

  it('keeps links as links', async () => {
    const shelf = shelfFolder();
    const real = shelf.put('elsewhere/ink.safetensors', weights('ink'));
    mkdirSync(shelf.at('loras'), { recursive: true });
    const path = shelf.at('loras/ink.safetensors');
    symlinkSync(real, path);
    const library = await shelf.open();
    const before = [shelf.snapshot(), library.state()];
    const { batchId } = await library.lifecycle.deleteModel(path);
    expect(existsSync(real)).toBe(true);
    expect(existsSync(path)).toBe(false);
    await library.trash.restore(batchId ?? '');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect([shelf.snapshot(), library.state()]).toEqual(before);
  });

  it('P-12: whatever is deleted, renamed, restored and purged in any order, no file is lost that nobody purged', async () => {
    const action = fc.record({
      do: fc.constantFrom('delete', 'rename', 'bulk', 'restore', 'some', 'purge'),
      which: fc.nat(7),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'A', 'a.b'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 8 }), async (actions) => {
        const shelf = shelfFolder(['loras', 'more']);
        for (const name of ['loras/a', 'loras/b', 'more/a']) {
          shelf.put(`${name}.safetensors`, weights(name));
          shelf.put(`${name}.webp`, `picture of ${name}`);
        }
        shelf.put('loras/b.ckpt', 'beside b');
        shelf.put('loras/b.metadata.json', sidecar({ file_path: shelf.at('loras/b.ckpt'), tags: ['x'] }));
        const library = await shelf.open();
        const contents = new Set(Object.values(shelf.snapshot()).filter((text) => !text.startsWith('{')));
        const purgeable = new Set<string>();
        for (const { do: what, which, name } of actions) {
          const path = shelf.at(library.paths()[which % 4] ?? 'loras/none.safetensors');
          const { batches } = await library.trash.list(everything);
          const batch = batches[which % Math.max(1, batches.length)];
          const doing: Record<typeof what, () => Promise<unknown>> = {
            delete: () => library.lifecycle.deleteModel(path),
            rename: () => library.lifecycle.renameModel(path, name),
            bulk: () =>
              library.lifecycle.bulkDelete(
                library
                  .paths()
                  .slice(which % 3)
                  .map((each) => shelf.at(each)),
              ),
            restore: () => library.trash.restore(batch?.batch_id ?? ''),
            some: () =>
              library.trash.restore(
                batch?.batch_id ?? '',
                batch?.files.slice(0, 1).map((file) => file.file_path),
              ),
            purge: async () => {
              for (const [at, text] of Object.entries(shelf.snapshot())) {
                if (at.includes(`/trash/${batch?.batch_id ?? '-'}/`)) purgeable.add(text);
              }
              await library.trash.purge({ kind: 'ids', ids: batch === undefined ? [] : [batch.batch_id] });
            },
          };
          await doing[what]().catch((error: unknown) => {
            expect(['not_found', 'conflict', 'validation_failed']).toContain((error as { code: string }).code);
          });
        }
        const left = new Set(Object.values(shelf.snapshot()));
        for (const text of contents) expect(left.has(text) || purgeable.has(text), text).toBe(true);
        const listed = library.paths();
        expect(listed).toEqual(
          shelf
            .names()
            .filter((name) => /\.(safetensors|ckpt)$/.test(name))
            .sort(),
        );
        const state = library.state();
        await library.scan();
        expect(library.state()).toEqual(state);
        await library.engine.close();
      }),
      { numRuns: Math.ceil(runs / 5) },
    );
  }, 120_000);
});
