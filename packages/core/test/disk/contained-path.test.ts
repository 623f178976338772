import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPathContainment, type PathContainment } from '../../src/disk/contained-path.js';
import { isModelshelfError } from '../../src/errors.js';
import { put, tempFolder } from './temp-library.js';

function containing(roots: readonly string[], linkTargets: readonly string[] = []): PathContainment {
  return createPathContainment(() => ({ roots, linkTargets: [new Set(linkTargets)] }));
}

const outside = { code: 'path_outside_roots' };

describe('createPathContainment', () => {
  test('gives the real path of what lies in a root', async () => {
    const folder = tempFolder();
    const path = put(folder, 'a/ü %41\\x.png', 'x');
    const { resolveContained } = containing([folder]);
    await expect(resolveContained(path)).resolves.toBe(path);
    await expect(resolveContained(folder)).resolves.toBe(folder);
  });

  test('P-3: accepts a link inside a root, and a root that is a link under both spellings', async () => {
    const folder = tempFolder();
    const path = put(folder, 'real/a.png', 'x');
    symlinkSync('a.png', join(folder, 'real/b.png'));
    symlinkSync(join(folder, 'real'), join(folder, 'root'));
    const { resolveContained } = containing([join(folder, 'root')]);
    await expect(resolveContained(join(folder, 'root/b.png'))).resolves.toBe(path);
    await expect(resolveContained(path)).resolves.toBe(path);
  });

  test('R-W1: a link that leads out is refused, unless a scan found it; requests teach nothing', async () => {
    const far = tempFolder();
    const folder = tempFolder();
    const target = put(far, 'sub/a.png', 'x');
    put(far, 'other/b.png', 'x');
    symlinkSync(join(far, 'sub'), join(folder, 'link'));
    const linkTargets: string[] = [];
    const { resolveContained } = containing([folder], linkTargets);
    for (let i = 0; i < 3; i++) {
      await expect(resolveContained(join(folder, 'link/a.png'))).rejects.toMatchObject(outside);
      await expect(resolveContained(target)).rejects.toMatchObject(outside);
    }
    linkTargets.push(join(far, 'sub'));
    await expect(resolveContained(join(folder, 'link/a.png'))).resolves.toBe(target);
    await expect(resolveContained(target)).resolves.toBe(target);
    await expect(resolveContained(join(far, 'other/b.png'))).rejects.toMatchObject(outside);
    await expect(resolveContained(join(far, 'sub2'))).rejects.toMatchObject(outside);
  });

  test('R-W1: the working-directory link of the process opens nothing', async () => {
    const { resolveContained } = containing([tempFolder()]);
    for (const path of ['/proc/self/cwd/package.json', '/proc/self/root/etc/passwd', '/etc/localtime']) {
      await expect(resolveContained(path)).rejects.toMatchObject(outside);
    }
  });

  test('a link to a single file contains that file and nothing beside it', async () => {
    const far = tempFolder();
    const folder = tempFolder();
    const target = put(far, 'a.png', 'x');
    put(far, 'a.png2', 'x');
    symlinkSync(target, join(folder, 'a.png'));
    const { resolveContained } = containing([folder], [target]);
    await expect(resolveContained(join(folder, 'a.png'))).resolves.toBe(target);
    await expect(resolveContained(join(far, 'a.png2'))).rejects.toMatchObject(outside);
  });

  test('R-W30: a root is compared by whole components', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'lora'));
    const path = put(folder, 'lora2/a.png', 'x');
    await expect(containing([join(folder, 'lora')]).resolveContained(path)).rejects.toMatchObject(outside);
  });

  test('what is named inside and not there is not found; outside one never learns what exists', async () => {
    const folder = tempFolder();
    put(folder, 'out/a.png', 'x');
    mkdirSync(join(folder, 'in'));
    symlinkSync('nowhere', join(folder, 'in/dead'));
    const { resolveContained } = containing([join(folder, 'in')]);
    for (const name of ['x.png', 'dead', 'x/y/z', 'x'.repeat(300)]) {
      await expect(resolveContained(join(folder, 'in', name))).rejects.toMatchObject({ code: 'not_found' });
    }
    for (const name of ['out/a.png', 'out/b.png', 'inn', '']) {
      await expect(resolveContained(join(folder, name))).rejects.toMatchObject(outside);
    }
  });

  test('P-3: refuses `..`, relative paths, NUL and network names', async () => {
    const folder = tempFolder();
    const path = put(folder, 'in/a.png', 'x');
    put(folder, 'b.png', 'x');
    const { resolveContained } = containing([join(folder, 'in')]);
    for (const bad of [
      `${folder}/in/../b.png`,
      `${folder}/in/../in/a.png`,
      `${folder}/in/..\\..\\b.png`,
      'a.png',
      './a.png',
      '../a.png',
      '',
      `${path}\0`,
      `${path}\0.png`,
      `/${path}`,
      '//server/share/a.png',
      '\\\\server\\share\\a.png',
      'C:\\a.png',
      'file:///etc/passwd',
    ]) {
      await expect(resolveContained(bad)).rejects.toMatchObject(outside);
    }
  });

  test('a network name is taken when a configured root contains it, and only then', async () => {
    const folder = tempFolder();
    const path = put(folder, 'in/a.png', 'x');
    // Two slashes begin a network name on Windows; elsewhere they are as good as one.
    const { resolveContained } = containing([`/${folder}/in`, '//server/share'], [path]);
    await expect(resolveContained(`/${path}`)).resolves.toBe(path);
    await expect(resolveContained('//server/share/a.png')).rejects.toMatchObject({ code: 'not_found' });
    for (const bad of ['//server/share2/a.png', '//server/a.png', `/${folder}/b.png`, `//${path}`]) {
      await expect(resolveContained(bad)).rejects.toMatchObject(outside);
    }
  });

  test('a root that is offline contains nothing and hides nothing', async () => {
    const folder = tempFolder();
    const path = put(folder, 'in/a.png', 'x');
    const { resolveContained } = containing([join(folder, 'gone'), join(folder, 'in')]);
    await expect(resolveContained(path)).resolves.toBe(path);
    await expect(resolveContained(join(folder, 'gone/a.png'))).rejects.toMatchObject({ code: 'not_found' });
  });

  test('the messages name no path', async () => {
    const folder = tempFolder();
    for (const path of ['/etc/passwd', join(folder, 'x')]) {
      await expect(containing([folder]).resolveContained(path)).rejects.toMatchObject({
        message: expect.not.stringContaining('/'),
      });
    }
  });

  test('P-17: whatever is asked, what is answered lies in a root', async () => {
    const folder = tempFolder();
    put(folder, 'in/a/b.png', 'x');
    put(folder, 'out/b.png', 'x');
    symlinkSync(join(folder, 'out'), join(folder, 'in/link'));
    const inside = join(folder, 'in');
    const { resolveContained } = containing([inside]);
    const segment = fc.constantFrom('..', '.', '', 'a', 'b.png', 'link', 'in', 'out', '%2e%2e', '..\\', 'a\0', '~');
    const asked = fc.tuple(
      fc.constantFrom(`${inside}/`, `${folder}/`, '/', '//', ''),
      fc.array(segment, { maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(asked, async ([start, segments]) => {
        const answer = await resolveContained(start + segments.join('/')).catch((error: unknown) => error);
        if (typeof answer === 'string') expect(`${answer}/`.startsWith(`${inside}/`)).toBe(true);
        else expect(isModelshelfError(answer)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
