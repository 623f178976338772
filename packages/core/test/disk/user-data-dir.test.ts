import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { userDataDir } from '../../src/disk/user-data-dir.js';

const homedir = vi.hoisted(() => vi.fn<() => string>());
vi.mock('node:os', () => ({ homedir }));

beforeEach(() => {
  homedir.mockReset().mockReturnValue('/homes/u');
});

test('the folder that the environment names needs no home folder', () => {
  homedir.mockImplementation(() => {
    throw new Error('ENOENT: no such file or directory, uv_os_homedir');
  });
  expect(userDataDir('linux', { XDG_DATA_HOME: '/data' })).toBe(join('/data', 'modelshelf'));
  expect(userDataDir('win32', { LOCALAPPDATA: '/local' })).toBe(join('/local', 'modelshelf'));
  expect(() => userDataDir('linux', {})).toThrow('homedir');
});

test('else it lies in the home folder, also when the variable is empty', () => {
  expect(userDataDir('linux', {})).toBe(join('/homes/u', '.local/share/modelshelf'));
  expect(userDataDir('linux', { XDG_DATA_HOME: '' })).toBe(join('/homes/u', '.local/share/modelshelf'));
  expect(userDataDir('win32', {})).toBe(join('/homes/u', 'AppData/Local/modelshelf'));
  expect(userDataDir('darwin', { XDG_DATA_HOME: '/data' })).toBe(
    join('/homes/u', 'Library/Application Support/modelshelf'),
  );
});
