import { mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { jobOver, put, root, scan, sidecar, tempFolder } from './temp-library.js';

const otherDevice = '/dev/shm';
const hasOtherDevice = ((): boolean => {
  try {
    return statSync(otherDevice).dev !== statSync(tempDevice()).dev;
  } catch {
    return false;
  }
})();

function tempDevice(): string {
  return process.env['TMPDIR'] ?? '/tmp';
}

describe('P-3: links', () => {
  test('P-3: one physical file through two links is one content, two locations, no duplicate warning', () => {
    const outside = tempFolder();
    const folder = tempFolder();
    const target = put(outside, 'blob', 'x');
    symlinkSync(target, join(folder, 'a.ckpt'));
    symlinkSync(target, join(folder, 'b.ckpt'));
    const { models, outcome } = scan(jobOver(root(folder)));
    expect(models).toHaveLength(1);
    expect(models[0]).toMatchObject({
      entry: { file_path: join(folder, 'a.ckpt') },
      aliases: [join(folder, 'b.ckpt')],
    });
    expect(outcome).toMatchObject({ issues: [], linkTargets: [target] });
  });

  test('P-3: a file is listed where it lies, whatever order the links come in', () => {
    const folder = tempFolder();
    const real = put(folder, 'z/real/m.ckpt', 'x');
    symlinkSync(real, join(folder, 'a.ckpt'));
    symlinkSync(join(folder, 'z/real'), join(folder, 'b'));
    symlinkSync('z', join(folder, 'c'));
    const { models, codes, outcome } = scan(jobOver(root(folder)));
    expect(models.map(({ entry }) => entry.file_path)).toEqual([real]);
    expect([...(models[0]?.aliases ?? [])].sort()).toEqual(
      [join(folder, 'a.ckpt'), join(folder, 'b/m.ckpt'), join(folder, 'c/real/m.ckpt')].sort(),
    );
    expect(codes).toEqual([]);
    expect(outcome.linkTargets).toEqual([]);
  });

  test('P-3: links from one root into another give aliases, also when the root itself is a link', () => {
    const folder = tempFolder();
    const real = put(folder, 'data/m.ckpt', 'x');
    mkdirSync(join(folder, 'one'));
    symlinkSync(join(folder, 'data'), join(folder, 'one/in'));
    symlinkSync(join(folder, 'data'), join(folder, 'two'));
    const { models } = scan(jobOver(root(join(folder, 'one')), root(join(folder, 'two'), 'loras-1')));
    expect(models).toMatchObject([{ root: 'loras-1', entry: { file_path: join(folder, 'two/m.ckpt'), folder: '' } }]);
    expect(models[0]?.aliases).toEqual([join(folder, 'one/in/m.ckpt')]);
    expect(real).toContain('data');
  });

  test('a linked folder is scanned as if it lay where the link is, sidecar and preview included', () => {
    const outside = tempFolder();
    const folder = tempFolder();
    put(outside, 'sub/ink.ckpt', 'x');
    put(outside, 'sub/ink.metadata.json', sidecar());
    put(outside, 'sub/ink.webp', 'x');
    symlinkSync(outside, join(folder, 'linked'));
    const { entry, outcome } = scan(jobOver(root(folder)));
    expect(entry(join(folder, 'linked/sub/ink.ckpt'))).toMatchObject({
      model_name: 'Ink',
      folder: 'linked/sub',
      preview_url: join(folder, 'linked/sub/ink.webp'),
    });
    expect(outcome.linkTargets).toEqual([outside]);
  });

  test('sidecars and previews may be links themselves', () => {
    const outside = tempFolder();
    const folder = tempFolder();
    const path = put(folder, 'ink.ckpt', 'x');
    symlinkSync(put(outside, 'one.json', sidecar()), join(folder, 'ink.metadata.json'));
    const preview = put(outside, 'two.png', 'x');
    symlinkSync(preview, join(folder, 'ink.png'));
    const { entry, outcome } = scan(jobOver(root(folder)));
    expect(entry(path)).toMatchObject({ model_name: 'Ink', preview_url: join(folder, 'ink.png') });
    expect(outcome.linkTargets).toEqual([preview]);
  });

  test('P-3: a dead link leaves the scan successful with one row', () => {
    const folder = tempFolder();
    const good = put(folder, 'a.ckpt', 'x');
    const dead = join(folder, 'dead.ckpt');
    symlinkSync('/nonexistent/x', dead);
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([good]);
    expect(outcome.issues).toEqual([{ code: 'dead_link', path: dead, message: expect.any(String) }]);
  });

  test('P-14: what was known behind a dead link is not missing: the drive may be unplugged', () => {
    const drive = tempFolder();
    const folder = tempFolder();
    put(drive, 'sub/a.ckpt', 'x');
    const file = put(drive, 'b.ckpt', 'x');
    const links = [join(folder, 'linked'), join(folder, 'linked.ckpt')];
    symlinkSync(join(drive, 'sub'), join(folder, 'linked'));
    symlinkSync(file, join(folder, 'linked.ckpt'));
    const before = scan(jobOver(root(folder)));
    expect(before.paths).toEqual([join(folder, 'linked.ckpt'), join(folder, 'linked/a.ckpt')]);
    expect(before.outcome.unreadablePaths).toEqual([]);
    rmSync(drive, { recursive: true });
    const after = scan(jobOver(root(folder)));
    expect(after).toMatchObject({ paths: [], codes: ['dead_link', 'dead_link'] });
    expect([...after.outcome.unreadablePaths].sort()).toEqual(links.sort());
  });

  test.each([
    ['to itself', 'loop', 'loop'],
    ['to its folder', 'deep/loop', '.'],
    ['to the root', 'deep/loop', '..'],
    ['to a folder above the root', 'deep/loop', '/'],
  ])('P-3: a loop %s leaves the scan successful with one row', (_, name, target) => {
    const folder = tempFolder();
    const good = put(folder, 'deep/a.ckpt', 'x');
    symlinkSync(target, join(folder, name));
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([good]);
    expect(outcome.issues).toEqual([{ code: 'link_loop', path: join(folder, name), message: expect.any(String) }]);
    expect(outcome.linkTargets).toEqual([]);
  });

  test('P-3: a loop over an outside folder ends', () => {
    const outside = tempFolder();
    const folder = tempFolder();
    put(outside, 'm.ckpt', 'x');
    symlinkSync(outside, join(folder, 'out'));
    symlinkSync(folder, join(outside, 'back'));
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([join(folder, 'out/m.ckpt')]);
    expect(outcome.issues).toMatchObject([{ code: 'link_loop', path: join(folder, 'out/back') }]);
  });

  test('many links to many folders do not multiply the work', () => {
    const folder = tempFolder();
    for (let i = 0; i < 30; i++) {
      put(folder, `d${String(i)}/m.ckpt`, 'x');
      symlinkSync(`../d${String((i + 1) % 30)}`, join(folder, `d${String(i)}/next`));
      symlinkSync(`../d${String((i + 1) % 30)}`, join(folder, `d${String(i)}/again`));
    }
    const { models } = scan(jobOver(root(folder)));
    expect(models).toHaveLength(30);
    expect(models.every(({ aliases }) => aliases.length === 2)).toBe(true);
  });

  test.skipIf(!hasOtherDevice)('P-3: a cross-device link is followed and leaves one row', () => {
    const outside = tempFolder(otherDevice);
    const folder = tempFolder();
    put(outside, 'm.ckpt', 'x');
    symlinkSync(outside, join(folder, 'far'));
    const { paths, outcome } = scan(jobOver(root(folder)));
    expect(paths).toEqual([join(folder, 'far/m.ckpt')]);
    expect(outcome.issues).toMatchObject([{ code: 'cross_device_link', path: join(folder, 'far') }]);
    symlinkSync(join(outside, 'm.ckpt'), join(folder, 'file.ckpt'));
    expect(scan(jobOver(root(folder))).codes).toEqual(['cross_device_link', 'cross_device_link']);
  });

  test('a skipped folder stays skipped behind a link', () => {
    const folder = tempFolder();
    put(folder, '.lm-pending-delete/m.ckpt', 'x');
    symlinkSync('.lm-pending-delete', join(folder, 'link'));
    expect(scan(jobOver(root(folder))).paths).toEqual([]);
  });
});
