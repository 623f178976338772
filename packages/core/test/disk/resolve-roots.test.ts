import { mkdirSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { resolveRoots } from '../../src/disk/resolve-roots.js';
import { silentLogger } from '../../src/ports/logger.js';
import { tempFolder } from './temp-library.js';

const checkpoints = [
  { category: 'checkpoints', subType: 'checkpoint' },
  { category: 'unet', subType: 'diffusion_model' },
];

function folders(...names: string[]): string {
  const folder = tempFolder();
  for (const name of names) mkdirSync(join(folder, name));
  return folder;
}

test('roots come in configuration order, extra ones last, with stable ids', async () => {
  const folder = folders('a', 'b', 'c', 'd');
  const at = (name: string): string => join(folder, name);
  const roots = await resolveRoots(checkpoints, {
    primary: { checkpoints: [at('b'), at('a')], unet: [at('c')], loras: [at('d')] },
    extra: { checkpoints: [at('d')] },
  });
  expect(roots).toEqual([
    { id: 'checkpoints-0', path: at('b'), subType: 'checkpoint' },
    { id: 'checkpoints-1', path: at('a'), subType: 'checkpoint' },
    { id: 'unet-0', path: at('c'), subType: 'diffusion_model' },
    { id: 'checkpoints-2', path: at('d'), subType: 'checkpoint' },
  ]);
});

test('a checkpoint and a diffusion root in the same place are one, with a warning; the first spelling stays', async () => {
  const folder = folders('a', 'b');
  symlinkSync(join(folder, 'a'), join(folder, 'link'));
  const warn = vi.fn();
  const roots = await resolveRoots(
    checkpoints,
    { primary: { checkpoints: [join(folder, 'link')], unet: [join(folder, 'a'), join(folder, 'b')] }, extra: {} },
    { ...silentLogger, warn },
  );
  expect(roots.map(({ id, path }) => [id, path])).toEqual([
    ['checkpoints-0', join(folder, 'link')],
    ['unet-1', join(folder, 'b')],
  ]);
  expect(warn).toHaveBeenCalledOnce();
});

test('P-14: a root that does not exist stays, once', async () => {
  const gone = join(tempFolder(), 'gone');
  const roots = await resolveRoots(checkpoints, {
    primary: { unet: [gone, `${gone}/`, `${gone}/../gone`] },
    extra: {},
  });
  expect(roots).toEqual([{ id: 'unet-0', path: gone, subType: 'diffusion_model' }]);
});

test('a folder may say when it is scanned; what it leaves out or says of the default stays out', async () => {
  const gone = tempFolder();
  const at = (name: string): string => join(gone, name);
  const roots = await resolveRoots(checkpoints, {
    primary: {
      unet: [
        { path: at('a'), scan: 'watch' },
        { path: at('b'), scan: 'interval', everySeconds: 30 },
        { path: at('c'), scan: 'off' },
        { path: at('d'), scan: 'on-demand' },
        { path: at('e') },
        { path: at('a'), scan: 'off' },
      ],
    },
    extra: {},
  });
  expect(roots.map(({ path, scan }) => [path, scan])).toEqual([
    [at('a'), { mode: 'watch' }],
    [at('b'), { mode: 'interval', everySeconds: 30 }],
    [at('c'), { mode: 'off' }],
    [at('d'), undefined],
    [at('e'), undefined],
  ]);
  expect(roots[3]).toEqual({ id: 'unet-3', path: at('d'), subType: 'diffusion_model' });
});

test('relative paths begin at the process; separators at the end go', async () => {
  const [root] = await resolveRoots(checkpoints, { primary: { unet: ['./models/unet//'] }, extra: {} });
  expect(root?.path).toBe(join(process.cwd(), 'models/unet').replaceAll('\\', '/'));
});

test('~ stands for the home folder', async () => {
  const roots = await resolveRoots(checkpoints, {
    primary: { unet: ['~', '~/modelshelf-test-none/'] },
    extra: { checkpoints: ['./~'] },
  });
  expect(roots.map(({ path }) => path)).toEqual(
    [homedir(), join(homedir(), 'modelshelf-test-none'), join(process.cwd(), '~')].map((path) =>
      path.replaceAll('\\', '/'),
    ),
  );
});

test.each(['', '  ', 'a\0b', { path: ' ' }])('%j is no folder', async (folder) => {
  await expect(resolveRoots(checkpoints, { primary: { unet: [folder] }, extra: {} })).rejects.toMatchObject({
    code: 'invalid_configuration',
  });
});
