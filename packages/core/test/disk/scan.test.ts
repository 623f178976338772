import { linkSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobOver, put, root, safetensors, scan, sidecar, tempFolder } from './temp-library.js';

describe('what is a model', () => {
  test('extensions in any case at any depth, dot files and hidden folders included', () => {
    const folder = tempFolder();
    const models = ['a.SafeTensors', 'x/y/z/b.CKPT', '.hidden/c.ckpt', '.dot.ckpt'].map((name) =>
      put(folder, name, 'x'),
    );
    for (const name of [
      'a.txt',
      'safetensors',
      '.safetensors',
      '.lm-pending-delete/d.ckpt',
      'x/.lm-pending-delete/d.ckpt',
    ]) {
      put(folder, name, 'x');
    }
    mkdirSync(join(folder, 'folder.safetensors'));
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual(models.sort());
    expect(outcome.counted).toBe(4);
  });

  test('P-1: partial downloads are never listed, even when an extension is configured', () => {
    const folder = tempFolder();
    for (const suffix of ['part', 'tmp', 'incomplete', 'crdownload', 'PART'])
      put(folder, `a.safetensors.${suffix}`, 'x');
    const job = { ...jobOver(root(folder)), extensions: ['.safetensors', '.part', '.tmp'] };
    expect(scan(job).paths).toEqual([]);
  });

  test('an empty file is a model with an unreadable header', () => {
    const folder = tempFolder();
    const path = put(folder, 'a.safetensors', '');
    const { paths, codes, entry } = scan(jobOver(root(folder)));
    expect(paths).toEqual([path]);
    expect(codes).toEqual(['header_unreadable']);
    expect(entry(path)).toMatchObject({ size: 0, autov3: '' });
  });

  test('folders, counts and signatures', () => {
    const folder = tempFolder();
    const path = put(folder, 'style/old/a.ckpt', 'four');
    const { models } = scan(jobOver(root(folder)));
    const { mtimeMs, ino } = statSync(path);
    expect(models[0]).toMatchObject({ root: 'loras-0', file: { size: 4, mtimeMs, ino }, sidecar: null, aliases: [] });
    expect(models[0]?.entry).toMatchObject({ folder: 'style/old', file_path: path, autov3: '' });
  });

  test('several roots keep to themselves; of nested roots the most specific one owns its files', () => {
    const folder = tempFolder();
    const inner = put(folder, 'lora/inner/a.ckpt', 'x');
    const beside = put(folder, 'lora2/b.ckpt', 'x');
    const roots = [
      root(join(folder, 'lora')),
      root(join(folder, 'lora/inner'), 'loras-1'),
      root(join(folder, 'lora2'), 'loras-2'),
    ];
    const { models, entry, codes } = scan(jobOver(...roots));
    expect(models.map((model) => model.root).sort()).toEqual(['loras-1', 'loras-2']);
    expect(entry(inner).folder).toBe('');
    expect(entry(beside).folder).toBe('');
    expect(codes).toEqual([]);
    expect(models.every((model) => model.aliases.length === 0)).toBe(true);
    const reversed = scan(jobOver(...[...roots].reverse()));
    expect(reversed.models.map((model) => model.root).sort()).toEqual(['loras-1', 'loras-2']);
    expect(reversed.models.every((model) => model.aliases.length === 0)).toBe(true);
  });

  test('three nested roots, whatever their order and spelling; other roots keep theirs', () => {
    const folder = tempFolder();
    for (const name of ['x/m', 'x/unet/m', 'x/unet/deep/m', 'y/m']) put(folder, `${name}.ckpt`, 'x');
    symlinkSync(join(folder, 'x/unet'), join(folder, 'spelled'));
    const outer = root(join(folder, 'x'), 'checkpoints-0', 'checkpoint');
    const unet = root(join(folder, 'spelled'), 'unet-0', 'diffusion_model');
    const deep = root(join(folder, 'x/unet/deep'), 'checkpoints-1', 'checkpoint');
    const other = root(join(folder, 'y'), 'checkpoints-2', 'checkpoint');
    for (const roots of [
      [other, outer, unet, deep],
      [deep, unet, outer, other],
      [unet, other, deep, outer],
    ]) {
      const { models } = scan(jobOver(...roots));
      expect(models.map((model) => [model.root, model.entry.folder, model.entry.sub_type]).sort()).toEqual([
        ['checkpoints-0', '', 'checkpoint'],
        ['checkpoints-1', '', 'checkpoint'],
        ['checkpoints-2', '', 'checkpoint'],
        ['unet-0', '', 'diffusion_model'],
      ]);
    }
  });

  test('I22: scanning an unchanged tree twice gives the same', () => {
    const folder = tempFolder();
    for (let i = 0; i < 300; i++) put(folder, `d${String(i % 7)}/m${String(i)}.ckpt`, 'x');
    expect(scan(jobOver(root(folder))).models).toEqual(scan(jobOver(root(folder))).models);
  });
});

describe('sidecars', () => {
  test('are read, corrected and kept as they are', () => {
    const folder = tempFolder();
    const text = sidecar({ notes: 'mine', favorite: true });
    const path = put(folder, 'ink.safetensors');
    const beside = put(folder, 'ink.metadata.json', text);
    const before = statSync(beside);
    const { models, entry } = scan(jobOver(root(folder)));
    expect(entry(path)).toMatchObject({ notes: 'mine', favorite: true, file_path: path, size: 10 });
    expect(models[0]?.sidecar).toEqual({ size: before.size, mtimeMs: before.mtimeMs, ino: before.ino });
    expect(statSync(beside)).toMatchObject({ mtimeMs: before.mtimeMs, ctimeMs: before.ctimeMs });
  });

  test.each([
    ['{', 'sidecar_corrupt'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'sidecar_corrupt'],
    ['', 'sidecar_corrupt'],
    [sidecar({ sha256: undefined }), 'sidecar_incomplete'],
  ])('I14: a model with an unusable sidecar is not listed, and one row says why', (content, code) => {
    const folder = tempFolder();
    put(folder, 'ink.safetensors');
    const beside = put(folder, 'ink.metadata.json', content);
    const other = put(folder, 'other.safetensors');
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([other]);
    expect(outcome.issues).toEqual([{ code, path: beside, message: expect.any(String) }]);
  });

  test('an excluded model is told apart', () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.safetensors');
    put(folder, 'ink.metadata.json', sidecar({ exclude: true }));
    const { entry, outcome } = scan(jobOver(root(folder)));
    expect(entry(path).exclude).toBe(true);
    expect(outcome).toMatchObject({ counted: 1, issues: [] });
  });

  test('R-W17: the model that the sidecar names keeps it, the other one has none', () => {
    const folder = tempFolder();
    const ckpt = put(folder, 'ink.ckpt', 'x');
    const safe = put(folder, 'ink.safetensors');
    const beside = put(folder, 'ink.metadata.json', sidecar({ file_path: 'C:\\models\\ink.safetensors' }));
    const { entry, outcome } = scan(jobOver(root(folder)));
    expect(entry(safe).model_name).toBe('Ink');
    expect(entry(ckpt)).toMatchObject({ model_name: 'ink', base_model: 'Unknown', sha256: '' });
    expect(outcome.issues).toEqual([
      { code: 'sidecar_shared', path: beside, message: expect.stringContaining('ink.ckpt') },
    ]);
  });

  test('R-W17: else the model of its size keeps it', () => {
    const folder = tempFolder();
    const ckpt = put(folder, 'ink.ckpt', '12345');
    const safe = put(folder, 'ink.safetensors');
    put(folder, 'ink.metadata.json', sidecar({ file_path: '', size: 5 }));
    const { entry, codes } = scan(jobOver(root(folder)));
    expect(entry(ckpt).model_name).toBe('Ink');
    expect(entry(safe).model_name).toBe('ink');
    expect(codes).toEqual(['sidecar_shared']);
  });

  test('a shared stem without a sidecar is nothing to report', () => {
    const folder = tempFolder();
    put(folder, 'ink.ckpt', 'x');
    put(folder, 'ink.safetensors');
    expect(scan(jobOver(root(folder)))).toMatchObject({ codes: [], paths: { length: 2 } });
  });

  test('an info file of another tool stands in for a missing sidecar, and completes an empty one', () => {
    const folder = tempFolder();
    const info = JSON.stringify({ id: 5, model: { name: 'Ink style', tags: ['t'] }, files: [{ primary: true }] });
    const a = put(folder, 'a.ckpt', 'x');
    put(folder, 'a.civitai.info', info);
    const b = put(folder, 'b.ckpt', 'x');
    put(folder, 'b.civitai.info', info);
    put(folder, 'b.metadata.json', sidecar({ civitai: {} }));
    const c = put(folder, 'c.ckpt', 'x');
    put(folder, 'c.civitai.info', '{');
    const { entry, codes } = scan(jobOver(root(folder)));
    expect(entry(a)).toMatchObject({ model_name: 'Ink style', civitai: { id: 5 }, tags: ['t'] });
    expect(entry(b)).toMatchObject({ model_name: 'Ink', civitai: { id: 5 }, tags: ['t'] });
    expect(entry(c)).toMatchObject({ model_name: 'c', civitai: null });
    expect(codes).toEqual([]);
  });
});

describe('AutoV3', () => {
  const header = safetensors({ __metadata__: { sshs_model_hash: 'ABCDEF0123456789' } });

  test.each([
    [undefined, 'abcdef012345'],
    [sidecar(), 'abcdef012345'],
    [sidecar({ autov3: '111111111111' }), '111111111111'],
    [sidecar({ autov3: null }), ''],
    [
      sidecar({ autov3: null, civitai: { files: [{ hashes: { SHA256: 'a'.repeat(64), AutoV3: '222222222222' } }] } }),
      '222222222222',
    ],
  ])('is stored, stated or in the header', (beside, expected) => {
    const folder = tempFolder();
    const path = put(folder, 'ink.safetensors', header);
    if (beside !== undefined) put(folder, 'ink.metadata.json', beside);
    expect(scan(jobOver(root(folder))).entry(path).autov3).toBe(expected);
  });

  test.each([
    sidecar({ autov3: '111111111111', size: 5_000 }),
    sidecar({ autov3: null, size: 5_000 }),
    sidecar({ size: 5_000, civitai: { files: [{ hashes: { SHA256: 'a'.repeat(64), AutoV3: '222222222222' } }] } }),
  ])('R-W38: of a replaced file is read anew, whatever the sidecar says', (beside) => {
    const folder = tempFolder();
    const path = put(folder, 'ink.safetensors', header);
    put(folder, 'ink.metadata.json', beside);
    expect(scan(jobOver(root(folder))).entry(path)).toMatchObject({ autov3: 'abcdef012345', sha256: '' });
  });
});

describe('previews', () => {
  test('R-W16: one added later is found, although the sidecar names none', () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    put(folder, 'ink.metadata.json', sidecar({ preview_url: '' }));
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe('');
    const preview = put(folder, 'ink.png', 'x');
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe(preview);
  });

  test('the named one is kept while it is there, also in another folder of the roots', () => {
    const folder = tempFolder();
    const path = put(folder, 'a/ink.ckpt', 'x');
    const own = put(folder, 'a/my choice.webp', 'x');
    put(folder, 'a/ink.metadata.json', sidecar({ preview_url: own }));
    const elsewhere = put(folder, 'b/else.png', 'x');
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe(own);
    put(folder, 'a/ink.metadata.json', sidecar({ preview_url: elsewhere }));
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe(elsewhere);
  });

  test.each([
    '/etc/passwd',
    '/etc/x.png',
    '../x.png',
    'x.png',
    'https://example.com/x.png',
    '{root}/gone.png',
    '{root}/ink.ckpt',
  ])('I16: %s is not named, because it could not be served', (named) => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    put(folder, 'ink.metadata.json', sidecar({ preview_url: named.replace('{root}', folder) }));
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe('');
  });
});

describe('hostile folders', () => {
  test('a root that is missing, a file or dead link is offline; the others are scanned', () => {
    const folder = tempFolder();
    const path = put(folder, 'good/a.ckpt', 'x');
    const file = put(folder, 'file', 'x');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'dead'));
    const { paths, codes, outcome } = scan(
      jobOver(
        root(join(folder, 'gone')),
        root(file, 'r1'),
        root(join(folder, 'dead'), 'r2'),
        root(join(folder, 'good'), 'r3'),
      ),
    );
    expect(paths).toEqual([path]);
    expect(codes).toEqual(['root_offline', 'root_offline', 'root_offline']);
    expect(outcome.offlineRoots).toEqual(['loras-0', 'r1', 'r2']);
  });

  test('P-14: a root that goes away during the scan is offline, with one row', () => {
    const folder = tempFolder();
    const path = join(folder, 'share');
    for (let i = 0; i < 5; i++) put(path, `a${String(i)}.ckpt`, 'x');
    const stays = put(folder, 'stays/b.ckpt', 'x');
    const { paths, codes, outcome } = scan(jobOver(root(path), root(join(folder, 'stays'), 'loras-1')), {
      counted: () => rmSync(path, { recursive: true }),
    });
    expect(paths).toEqual([stays]);
    expect(codes).toEqual(['root_offline']);
    expect(outcome).toMatchObject({ offlineRoots: ['loras-0'], counted: 6 });
  });

  test('P-14: a mount point that is left empty is offline too', () => {
    const folder = tempFolder();
    const path = join(folder, 'share');
    put(path, 'a.ckpt', 'x');
    const { outcome } = scan(jobOver(root(path)), {
      counted: () => {
        rmSync(path, { recursive: true });
        mkdirSync(join(folder, 'other'));
        mkdirSync(path);
      },
    });
    expect(outcome.offlineRoots).toEqual(['loras-0']);
  });

  test('a file that is deleted during the scan is just not there', () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'x');
    const { paths, codes } = scan(jobOver(root(folder)), { counted: () => rmSync(path) });
    expect(paths).toEqual([]);
    expect(codes).toEqual([]);
  });

  test('at most 1,000 rows, the rest is counted', () => {
    const folder = tempFolder();
    for (let i = 0; i < 1_200; i++) symlinkSync('nowhere', join(folder, `dead${String(i)}`));
    const { outcome } = scan(jobOver(root(folder)));
    expect(outcome.issues).toHaveLength(1_000);
    expect(outcome.issuesDropped).toBe(200);
  });

  test('hard links are files of their own', () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'x');
    linkSync(path, join(folder, 'b.ckpt'));
    expect(scan(jobOver(root(folder)))).toMatchObject({ paths: { length: 2 }, codes: [] });
  });

  test('a changed file has a new signature', () => {
    const folder = tempFolder();
    const path = put(folder, 'a.ckpt', 'x');
    const [before] = scan(jobOver(root(folder))).models;
    writeFileSync(path, 'longer');
    const [after] = scan(jobOver(root(folder))).models;
    expect(after?.file).not.toEqual(before?.file);
  });
});
