import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../src/model-types/built-in-model-types.js';
import { nodeFileOperations } from '../../../src/ports/file-operations.js';
import type { MoveTarget } from '../../../src/services/move/model-move-service.js';
import { put, root, safetensors, sidecar, tempFolder } from '../../disk/temp-library.js';
import { filesOf, organisedShelf, treeOf } from '../organise/organised-shelf.js';

const into = (targetPath: string, useDefaultPaths = false): MoveTarget => ({ targetPath, useDefaultPaths });

const failure = (code: string) => expect.objectContaining({ code }) as Error;
const fault = (code: string) => Object.assign(new Error(code), { code });

const sidecarAt = (folder: string, name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

describe('ModelMoveService', () => {
  it('moves a model with its companions and tells the sidecar', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors', safetensors({ a: '1' }));
    const names = ['foo.metadata.json.bak', 'foo.preview.png', 'foo.WEBP', 'foo.civitai.info', 'foo.txt', 'foo.mov'];
    for (const name of names) put(folder, `a/${name}`, name);
    const preview = join(folder, 'a/foo.preview.png');
    put(folder, 'a/foo.metadata.json', sidecar({ file_path: from, preview_url: preview, notes: 'mine', x_own: [1] }));
    const shelf = await organisedShelf(folder);

    const moved = await shelf.moveService.moveModel(from, into(join(folder, 'b/c')));

    const to = join(folder, 'b/c/foo.safetensors');
    expect(moved).toMatchObject({
      originalPath: from,
      newPath: to,
      entry: { file_path: to, folder: 'b/c', notes: 'mine' },
    });
    expect(filesOf(join(folder, 'a'))).toEqual([]);
    expect(filesOf(join(folder, 'b/c'))).toEqual([...names, 'foo.metadata.json', 'foo.safetensors'].sort());
    expect(sidecarAt(folder, 'b/c/foo.metadata.json')).toMatchObject({
      file_path: to,
      file_name: 'foo',
      preview_url: join(folder, 'b/c/foo.preview.png'),
      notes: 'mine',
      x_own: [1],
    });
    expect(shelf.rows()).toEqual(['b/c/foo.safetensors']);
    expect(shelf.listed.recordOf(to)?.entry.preview_url).toBe(join(folder, 'b/c/foo.preview.png'));
    await shelf.scan();
    expect(shelf.listed.recordOf(to)?.entry).toEqual(moved.entry);
  });

  it('W-W4: a model without a sidecar stays in the catalog', async () => {
    const folder = tempFolder();
    const bare = put(folder, 'bare.safetensors');
    const shelf = await organisedShelf(folder);
    const { entry } = await shelf.moveService.moveModel(bare, into(join(folder, 'b')));
    expect(entry).toMatchObject({ file_name: 'bare', folder: 'b' });
    expect(shelf.rows()).toEqual(['b/bare.safetensors']);
    expect(filesOf(folder)).toEqual(['b/bare.safetensors']);
  });

  it('refuses a model whose sidecar became unusable, because it would leave the catalog', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors');
    put(folder, 'a/foo.metadata.json', sidecar({ notes: 'mine' }));
    const shelf = await organisedShelf(folder);
    for (const text of ['{"tags": [', '[]', '{"notes": "mine"}']) {
      put(folder, 'a/foo.metadata.json', text);
      await expect(shelf.moveService.moveModel(from, into(join(folder, 'b')))).rejects.toEqual(
        failure('sidecar_unusable'),
      );
      expect(filesOf(folder)).toEqual(['a/foo.metadata.json', 'a/foo.safetensors']);
    }
    expect(shelf.rows()).toEqual(['a/foo.safetensors']);
  });

  it('W-W13: moves no other model whose name begins alike, and nothing of it', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors');
    put(folder, 'a/foo.v2.safetensors', safetensors({ v: '2' }));
    for (const name of ['foo.v2.metadata.json', 'foo.v2.preview.png', 'foo.v2.txt'])
      put(folder, `a/${name}`, sidecar());
    put(folder, 'a/foo.preview.png', 'image');
    const shelf = await organisedShelf(folder);
    await shelf.moveService.moveModel(from, into(join(folder, 'b')));
    expect(filesOf(join(folder, 'b'))).toEqual(['foo.preview.png', 'foo.safetensors']);
    expect(shelf.rows()).toEqual(['a/foo.v2.safetensors', 'b/foo.safetensors']);
    expect(filesOf(join(folder, 'a'))).toEqual([
      'foo.v2.metadata.json',
      'foo.v2.preview.png',
      'foo.v2.safetensors',
      'foo.v2.txt',
    ]);
  });

  it('W-W13: a model of one stem leaves the other one and what both share', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors', safetensors({ a: '1' }));
    const other = put(folder, 'a/foo.ckpt', 'other');
    put(folder, 'a/foo.preview.png', 'image');
    put(folder, 'a/foo.metadata.json', sidecar({ file_path: from, notes: 'mine' }));
    const shelf = await organisedShelf(folder, { modelType: checkpoint });
    const moved = await shelf.moveService.moveModel(from, into(join(folder, 'b')));
    expect(moved.entry?.notes).toBe('mine');
    expect(filesOf(folder)).toEqual([
      'a/foo.ckpt',
      'a/foo.metadata.json',
      'a/foo.preview.png',
      'b/foo.metadata.json',
      'b/foo.preview.png',
      'b/foo.safetensors',
    ]);
    expect(shelf.rows()).toEqual(['a/foo.ckpt', 'b/foo.safetensors']);
    const last = await shelf.moveService.moveModel(other, into(join(folder, 'c')));
    expect(last.entry?.preview_url).toBe(join(folder, 'c/foo.preview.png'));
    expect(filesOf(join(folder, 'a'))).toEqual([]);
  });

  it('leaves a preview that another model shows, too, with that one', async () => {
    const folder = tempFolder();
    const cover = put(folder, 'a/cover.webp', 'webp');
    const paths = ['one', 'two'].map((stem) => {
      put(folder, `a/${stem}.metadata.json`, sidecar({ preview_url: cover }));
      return put(folder, `a/${stem}.safetensors`, safetensors({ stem }));
    });
    const shelf = await organisedShelf(folder);
    const [one = '', two = ''] = paths;
    await shelf.moveService.moveModel(one, into(join(folder, 'b')));
    expect(filesOf(join(folder, 'a'))).toEqual(['cover.webp', 'two.metadata.json', 'two.safetensors']);
    await shelf.moveService.moveModel(two, into(join(folder, 'b')));
    expect(filesOf(join(folder, 'a'))).toEqual(['cover.webp']);
  });

  it('W-W14: takes another name when anything of the model would meet something at the target', async () => {
    const folder = tempFolder();
    const shas = ['abcd'.padEnd(64, '0'), 'ef01'.padEnd(64, '0')];
    const from = put(folder, 'a/foo.safetensors');
    put(folder, 'a/foo.metadata.json', sidecar({ sha256: shas[0], size: 0 }));
    put(folder, 'b/foo.webp', 'somebody else');
    put(folder, 'c/foo.safetensors', 'another model');
    put(folder, 'c/foo-abcd.txt', 'a text');
    put(folder, 'c/foo-abcd-1.ckpt', 'a model of another type');
    const shelf = await organisedShelf(folder);

    const first = await shelf.moveService.moveModel(from, into(join(folder, 'b')));
    expect(first.newPath).toBe(join(folder, 'b/foo-abcd.safetensors'));
    expect(first.entry).toMatchObject({ file_name: 'foo-abcd', preview_url: '' });
    expect(filesOf(join(folder, 'b'))).toEqual(['foo-abcd.metadata.json', 'foo-abcd.safetensors', 'foo.webp']);
    expect(sidecarAt(folder, 'b/foo-abcd.metadata.json')).toMatchObject({ file_name: 'foo-abcd' });
    expect(readFileSync(join(folder, 'b/foo.webp'), 'utf8')).toBe('somebody else');

    const again = put(folder, 'd/foo.safetensors');
    put(folder, 'd/foo.metadata.json', sidecar({ sha256: shas[0], size: 0 }));
    await shelf.scan();
    const second = await shelf.moveService.moveModel(again, into(join(folder, 'c')));
    expect(second.newPath).toBe(join(folder, 'c/foo-abcd-2.safetensors'));
    expect(readFileSync(join(folder, 'c/foo.safetensors'), 'utf8')).toBe('another model');

    const unhashed = put(folder, 'e/foo.safetensors', 'no digest');
    await shelf.scan();
    const third = await shelf.moveService.moveModel(unhashed, into(join(folder, 'c')));
    expect(third.newPath).toBe(join(folder, 'c/foo-0000.safetensors'));
  });

  it('A move never overwrites an existing model file, whoever else moves to the same name at the same time', async () => {
    const folder = tempFolder();
    const paths = ['a', 'b', 'c', 'd'].map((name) => put(folder, `${name}/foo.safetensors`, `model ${name}`));
    const shelf = await organisedShelf(folder);
    const moved = await Promise.all(paths.map((path) => shelf.moveService.moveModel(path, into(join(folder, 'all')))));
    expect(new Set(moved.map(({ newPath }) => newPath)).size).toBe(4);
    expect(moved.map(({ newPath }) => readFileSync(newPath, 'utf8')).sort()).toEqual([
      'model a',
      'model b',
      'model c',
      'model d',
    ]);
    expect(shelf.rows()).toHaveLength(4);
  });

  it('A move request for one file either reports the new path with every companion there, or reports failure', async () => {
    for (let failing = 1, isDone = false; !isDone; failing += 1) {
      const folder = tempFolder();
      const from = put(folder, 'a/foo.safetensors', safetensors({ a: '1' }));
      for (const name of ['foo.preview.png', 'foo.txt']) put(folder, `a/${name}`, name);
      put(folder, 'a/foo.metadata.json', sidecar({ file_path: from }));
      const before = treeOf(folder);
      let left = Number.POSITIVE_INFINITY;
      const step = (path: string): void => {
        left -= path.startsWith(folder) && !path.includes('.modelshelf') ? 1 : 0;
        if (left === 0) throw fault('EACCES');
      };
      const shelf = await organisedShelf(folder, {
        files: {
          link: async (existing, path) => (step(path), nodeFileOperations.link(existing, path)),
          rename: async (source, target) => (step(target), nodeFileOperations.rename(source, target)),
          writeNew: async (path, content) => (step(path), nodeFileOperations.writeNew(path, content)),
          mkdir: async (path) => (step(path), nodeFileOperations.mkdir(path)),
        },
      });
      left = failing;
      const moving = shelf.moveService.moveModel(from, into(join(folder, 'b')));
      const outcome: unknown = await moving.catch((error: unknown) => error);
      isDone = left > 0;
      left = Number.POSITIVE_INFINITY;
      if (outcome instanceof Error) {
        expect(outcome).toMatchObject({ code: 'access_denied' });
        expect(treeOf(folder), String(failing)).toEqual(before);
        expect(shelf.rows()).toEqual(['a/foo.safetensors']);
        await shelf.moveService.moveModel(from, into(join(folder, 'b')));
      }
      expect(filesOf(folder)).toEqual(['b/foo.metadata.json', 'b/foo.preview.png', 'b/foo.safetensors', 'b/foo.txt']);
      expect(shelf.rows()).toEqual(['b/foo.safetensors']);
      if (isDone) expect(failing).toBeGreaterThan(4);
    }
  });

  it('W-W16: what fails halfway is undone: no stray files, no new folders', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors');
    put(folder, 'a/foo.txt', 'text');
    const before = treeOf(folder);
    const refuse = (path: string): void => {
      if (path.endsWith('foo.txt') && path.includes('/new/')) throw fault('ENOSPC');
    };
    const shelf = await organisedShelf(folder, {
      files: {
        link: async (existing, path) => (refuse(path), nodeFileOperations.link(existing, path)),
        rename: async (source, target) => (refuse(target), nodeFileOperations.rename(source, target)),
      },
    });
    await expect(shelf.moveService.moveModel(from, into(join(folder, 'new/deep')))).rejects.toEqual(
      failure('disk_full'),
    );
    expect(treeOf(folder)).toEqual(before);
  });

  it('W-W17: between file systems a copy is compared and renamed before the source goes', async () => {
    const folder = tempFolder();
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const from = put(one, 'foo.safetensors', safetensors({ a: '1' }, Buffer.alloc(5_000, 3)));
    put(one, 'foo.txt', 'text');
    mkdirSync(two);
    const bytes = readFileSync(from);
    const { mtimeMs } = statSync(from);
    const crosses = (a: string, b: string): boolean => a.startsWith(one) !== b.startsWith(one);
    const copied: string[] = [];
    const shelf = await organisedShelf(folder, {
      roots: [root(one, 'loras-0'), root(two, 'loras-1')],
      files: {
        link: async (existing, path) => {
          if (crosses(existing, path)) throw fault('EXDEV');
          await nodeFileOperations.link(existing, path);
        },
        rename: async (source, target) => {
          if (crosses(source, target)) throw fault('EXDEV');
          await nodeFileOperations.rename(source, target);
        },
        copyNew: async (source, target) => {
          expect(existsSync(source)).toBe(true);
          copied.push(target);
          await nodeFileOperations.copyNew(source, target);
        },
      },
    });
    const { newPath } = await shelf.moveService.moveModel(from, into(two));
    expect(readFileSync(newPath).equals(bytes)).toBe(true);
    expect(Math.abs(statSync(newPath).mtimeMs - mtimeMs)).toBeLessThan(2);
    expect(copied).not.toContain(newPath);
    expect(copied.length).toBeGreaterThan(0);
    expect(filesOf(one)).toEqual([]);
    expect(shelf.listed.recordOf(newPath)).toMatchObject({ root: 'loras-1', entry: { folder: '' } });
  });

  it('W-W18: a link to a model is moved itself, and still leads there', async () => {
    const folder = tempFolder();
    const outside = tempFolder();
    const target = put(outside, 'far.safetensors');
    mkdirSync(join(folder, 'a'));
    const link = join(folder, 'a/foo.safetensors');
    symlinkSync(target, link);
    const shelf = await organisedShelf(folder);
    const { newPath } = await shelf.moveService.moveModel(link, into(join(folder, 'b/c')));
    expect(lstatSync(newPath).isSymbolicLink()).toBe(true);
    expect(readlinkSync(newPath)).toBe(target);
    expect(existsSync(target)).toBe(true);
    expect(existsSync(link)).toBe(false);
    expect(shelf.rows()).toEqual(['b/c/foo.safetensors']);
  });

  it('W-W18: a relative link still leads to its model from its new folder', async () => {
    const base = tempFolder();
    const folder = join(base, 'loras');
    put(base, 'far.safetensors');
    mkdirSync(join(folder, 'a'), { recursive: true });
    const link = join(folder, 'a/foo.safetensors');
    symlinkSync('../../far.safetensors', link);
    const shelf = await organisedShelf(folder);
    const { newPath } = await shelf.moveService.moveModel(link, into(join(folder, 'b/c/d')));
    expect(lstatSync(newPath).isSymbolicLink()).toBe(true);
    expect(statSync(newPath).isFile()).toBe(true);
  });

  it('W-W18: a file that a link of the library leads to is not moved away from under it', async () => {
    const folder = tempFolder();
    const real = put(folder, 'a/foo.safetensors');
    symlinkSync(real, join(folder, 'link.safetensors'));
    const shelf = await organisedShelf(folder);
    expect(shelf.rows()).toEqual(['a/foo.safetensors']);
    await expect(shelf.moveService.moveModel(real, into(join(folder, 'b')))).rejects.toEqual(failure('conflict'));
    expect(statSync(join(folder, 'link.safetensors')).isFile()).toBe(true);
  });

  it('W-W19: a folder belongs to the root that contains it by whole components', async () => {
    const folder = tempFolder();
    const [one, two] = [join(folder, 'loras'), join(folder, 'loras2')];
    const from = put(one, 'foo.safetensors');
    mkdirSync(two);
    const shelf = await organisedShelf(folder, { roots: [root(one, 'loras-0'), root(two, 'loras-1')] });
    const { newPath } = await shelf.moveService.moveModel(from, into(join(two, 't')));
    expect(shelf.listed.recordOf(newPath)).toMatchObject({ root: 'loras-1', entry: { folder: 't' } });
    // Beside a root, and behind a link in it.
    mkdirSync(join(folder, 'loras3'));
    symlinkSync(join(folder, 'loras3'), join(one, 'out'));
    for (const target of [`${folder}/loras3`, `${one}/out`]) {
      await expect(shelf.moveService.moveModel(newPath, into(target))).rejects.toEqual(failure('path_outside_roots'));
    }
  });

  it('derives the sub-type from the root that a model is moved into', async () => {
    const folder = tempFolder();
    const [one, two] = [join(folder, 'checkpoints'), join(folder, 'unet')];
    const from = put(one, 'foo.safetensors');
    mkdirSync(two);
    const shelf = await organisedShelf(folder, {
      modelType: checkpoint,
      roots: [root(one, 'checkpoints-0', 'checkpoint'), root(two, 'unet-0', 'diffusion_model')],
    });
    const { newPath, entry } = await shelf.moveService.moveModel(from, into('unet-0:x'));
    expect(newPath).toBe(join(two, 'x/foo.safetensors'));
    expect(entry?.sub_type).toBe('diffusion_model');
  });

  it('refuses what lies outside, really or by name, and changes nothing', async () => {
    const base = tempFolder();
    const folder = join(base, 'loras');
    const elsewhere = join(base, 'elsewhere');
    const from = put(folder, 'foo.safetensors');
    const stranger = put(elsewhere, 'foo.safetensors');
    put(folder, 'file.txt', 'no folder');
    symlinkSync(elsewhere, join(folder, 'out'));
    symlinkSync(join(base, 'nowhere'), join(folder, 'dead'));
    const shelf = await organisedShelf(folder);
    const before = treeOf(base);
    const refused = async (file: string, target: string, code: string): Promise<void> => {
      await expect(shelf.moveService.moveModel(file, into(target)), target).rejects.toEqual(failure(code));
      expect(treeOf(base)).toEqual(before);
    };
    await refused(stranger, folder, 'path_outside_roots');
    await refused(join(folder, 'none.safetensors'), folder, 'not_found');
    await refused(join(folder, 'file.txt'), folder, 'not_found');
    for (const target of [
      elsewhere,
      'relative',
      `${folder}/../elsewhere`,
      `${folder}2`,
      `${folder}/out`,
      `${folder}/out/x`,
    ])
      await refused(from, target, 'path_outside_roots');
    await refused(from, `${folder}/dead/x`, 'path_outside_roots');
    await refused(from, `${folder}/file.txt`, 'validation_failed');
    await refused(from, `${folder}/file.txt/x`, 'validation_failed');
    await refused(from, `${folder}/a\0b`, 'validation_failed');
    await refused(from, `${folder}/.modelshelf/trash`, 'validation_failed');
    await refused(from, `${folder}/x/.LM-Pending-Delete`, 'validation_failed');
  });

  it('answers that a model is there already, without touching the disk', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors');
    const shelf = await organisedShelf(folder);
    const before = treeOf(folder);
    const same = { originalPath: from, newPath: from, entry: null, isSameFolder: true };
    expect(await shelf.moveService.moveModel(from, into(`${folder}/a/`))).toEqual(same);
    expect(await shelf.moveService.moveModel(from, into(`${folder}/b/../a`))).toEqual(same);
    symlinkSync(join(folder, 'a'), join(folder, 'also-a'));
    expect(await shelf.moveService.moveModel(from, into(`${folder}/also-a`))).toEqual(same);
    expect(treeOf(folder)).toEqual([...before, 'also-a'].sort());
  });

  it('puts models where the template wants them, below the target', async () => {
    const folder = tempFolder();
    const from = put(folder, 'foo.safetensors');
    put(folder, 'foo.metadata.json', sidecar({ base_model: 'Pony', tags: ['anime'] }));
    const shelf = await organisedShelf(folder);
    const { newPath } = await shelf.moveService.moveModel(from, into(join(folder, 't'), true));
    expect(newPath).toBe(join(folder, 't/Pony/anime/foo.safetensors'));
    await shelf.engine.close();
    const flat = await organisedShelf(folder, { settings: { template: '' } });
    const { newPath: last } = await flat.moveService.moveModel(newPath, into(join(folder, 'flat'), true));
    expect(last).toBe(join(folder, 'flat/foo.safetensors'));
  });

  it('A move request for one file either reports the new path with every companion there, or reports failure; a bulk move reports one row per processed file and success_count + failure_count = rows', async () => {
    const folder = tempFolder();
    const paths = ['a', 'b'].map((name) => put(folder, `x/${name}.safetensors`));
    const there = put(folder, 't/c.safetensors');
    const missing = join(folder, 'x/none.safetensors');
    const shelf = await organisedShelf(folder);
    const rows = await shelf.moveService.moveModelsBulk(
      [...paths, missing, there, '/etc/passwd'],
      into(join(folder, 't')),
    );
    expect(rows.map((row) => ('error' in row ? row.error : row.newPath))).toEqual([
      join(folder, 't/a.safetensors'),
      join(folder, 't/b.safetensors'),
      'Lora not found in cache',
      there,
      "Source path '/etc/passwd' is outside configured library directories",
    ]);
  });

  it('ends a bulk move when it is cancelled, with the rows of what was done, and leaves no later one cancelled', async () => {
    const folder = tempFolder();
    const paths = ['a', 'b', 'c'].map((name) => put(folder, `x/${name}.safetensors`, name));
    let onMove = (): void => undefined;
    const shelf = await organisedShelf(folder, {
      files: {
        unlink: async (path) => {
          await nodeFileOperations.unlink(path);
          onMove();
        },
      },
    });
    expect(shelf.moveService.cancel()).toBe(false);
    onMove = () => void shelf.moveService.cancel();
    const rows = await shelf.moveService.moveModelsBulk(paths, into(join(folder, 't')));
    expect(rows.length).toBeLessThan(3);
    expect(shelf.rows()).toHaveLength(3);
    expect(shelf.rows()).toEqual(filesOf(folder).filter((path) => path.endsWith('.safetensors')));
    onMove = () => undefined;
    const rest = await shelf.moveService.moveModelsBulk(paths.slice(rows.length), into(join(folder, 't')));
    expect(rest.every((row) => !('error' in row))).toBe(true);
    expect(filesOf(join(folder, 't'))).toHaveLength(3);
  });

  it('W-W33: what another mutation holds is waited for, and what it left is what counts', async () => {
    const folder = tempFolder();
    const from = put(folder, 'a/foo.safetensors');
    const shelf = await organisedShelf(folder);
    let release = (): void => undefined;
    const held = shelf.mutations.whileLocked([from], () => new Promise<void>((resolve) => (release = resolve)));
    const moving = shelf.moveService.moveModel(from, into(join(folder, 'b')));
    // The target is taken while the move waits.
    await new Promise((resolve) => setTimeout(resolve, 30));
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b/foo.safetensors'), 'came first');
    release();
    await held;
    const { newPath } = await moving;
    expect(newPath).toBe(join(folder, 'b/foo-0000.safetensors'));
    expect(readFileSync(join(folder, 'b/foo.safetensors'), 'utf8')).toBe('came first');
  });
});
