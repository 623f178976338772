import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { discoverPreview, FolderNames } from '../../src/disk/preview-discovery.js';
import { jobOver, put, putPipe, root, scan, sidecar, tempFolder, type Scanned } from './temp-library.js';

const linux = process.platform === 'linux';

describe('P-10: names', () => {
  test.each([
    'caf\u00e9',
    'cafe\u0301',
    '\u{1f5a4}\u{1f469}\u200d\u{1f3a8}',
    'v1.5.final..2',
    'a%20b%41',
    '  two  spaces ',
    'trailing.',
    'trailing ',
    'CON',
    'nul.aux',
    'new\nline',
    'quote"s\'&<b>',
    'back\\slash',
    '..hidden',
    '\ufffd',
  ])('P-10: %j is listed with sidecar and preview', (stem) => {
    const folder = tempFolder();
    const path = put(folder, `${stem}/${stem}.safetensors`);
    put(folder, `${stem}/${stem}.metadata.json`, sidecar({ model_name: 'named' }));
    const preview = put(folder, `${stem}/${stem}.png`, 'x');
    const { entry, codes } = scan(jobOver(root(folder)));
    expect(entry(path)).toMatchObject({ file_name: stem, folder: stem, model_name: 'named', preview_url: preview });
    expect(codes).toEqual([]);
  });

  test('P-10: NFC and NFD spellings are two models', () => {
    const folder = tempFolder();
    put(folder, 'caf\u00e9.ckpt', 'x');
    put(folder, 'cafe\u0301.ckpt', 'x');
    expect(scan(jobOver(root(folder))).paths).toHaveLength(process.platform === 'darwin' ? 1 : 2);
  });

  test('P-10: a name of 255 bytes is listed, with every companion that can exist', () => {
    const folder = tempFolder();
    const stem = 'ü'.repeat(121) + 'x';
    const path = put(folder, `${stem}.safetensors`);
    expect(Buffer.byteLength(`${stem}.safetensors`)).toBe(255);
    const preview = put(folder, `${stem}.png`, 'x');
    expect(scan(jobOver(root(folder))).entry(path).preview_url).toBe(preview);
  });

  test.skipIf(!linux)('P-10: a name that is no UTF-8 leaves one row, and the rest is listed', () => {
    const folder = tempFolder();
    const good = put(folder, 'good.ckpt', 'x');
    const raw = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
    writeFileSync(raw('b\xff.ckpt'), 'x');
    writeFileSync(raw('b\xff.txt'), 'x');
    mkdirSync(raw('d\xff'));
    const { paths, codes } = scan(jobOver(root(folder)));
    expect(paths).toEqual([good]);
    expect(codes).toEqual(['name_unreadable', 'name_unreadable']);
  });

  test('a preview is found under any name', () => {
    expect(discoverPreview('a.b', new FolderNames(['a.b.png', 'a.png']))).toBe('a.b.png');
  });
});

describe('what may not be read', () => {
  /** Root may read everything, so it steps down for the scan; synchronous, so nobody else notices. */
  const scanAsNobody = (folder: string): Scanned => {
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65534);
    try {
      return scan(jobOver(root(folder)));
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  };

  test.skipIf(!linux)('P-3: folders and files without permission leave one row each, and are not missing', () => {
    const folder = tempFolder();
    const closedFolder = join(folder, 'closed');
    const good = put(folder, 'good.ckpt', 'x');
    put(folder, 'closed/a.ckpt', 'x');
    const closedFile = put(folder, 'file.safetensors');
    const withSidecar = put(folder, 'ink.ckpt', 'x');
    chmodSync(put(folder, 'ink.metadata.json', sidecar()), 0);
    chmodSync(closedFile, 0);
    chmodSync(closedFolder, 0);
    chmodSync(folder, 0o755);
    const { paths, outcome, entry } = scanAsNobody(folder);
    chmodSync(closedFolder, 0o755);
    expect(paths).toEqual([closedFile, good].sort());
    expect(entry(closedFile).autov3).toBeNull();
    expect(outcome.issues.map(({ code, path }) => [code, path])).toEqual([
      ['folder_unreadable', closedFolder],
      ['file_unreadable', closedFile],
      ['file_unreadable', withSidecar],
    ]);
    expect([...outcome.unreadablePaths].sort()).toEqual([closedFolder, withSidecar].sort());
  });

  test.skipIf(!linux)('P-3: names in a folder that may be listed but not entered', () => {
    const folder = tempFolder();
    const path = put(folder, 'half/a.ckpt', 'x');
    chmodSync(folder, 0o755);
    chmodSync(join(folder, 'half'), 0o744);
    const { paths, outcome } = scanAsNobody(folder);
    expect(paths).toEqual([]);
    expect(outcome.issues).toMatchObject([{ code: 'file_unreadable', path }]);
    expect(outcome.unreadablePaths).toEqual([path]);
  });

  test.skipIf(!linux)('a root without permission is offline', () => {
    const folder = tempFolder();
    put(folder, 'a.ckpt', 'x');
    chmodSync(folder, 0);
    expect(scanAsNobody(folder).outcome.offlineRoots).toEqual(['loras-0']);
  });

  test.skipIf(!linux)('a pipe that is named like a model, a sidecar or an info file blocks nothing', () => {
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    for (const name of ['pipe.ckpt', 'ink.metadata.json', 'ink.civitai.info', 'ink.png']) putPipe(folder, name);
    const { paths, entry } = scan(jobOver(root(folder)));
    expect(paths).toEqual([path]);
    expect(entry(path)).toMatchObject({ model_name: 'ink', preview_url: '' });
  });
});
