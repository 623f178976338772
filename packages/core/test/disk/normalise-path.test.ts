import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  expandHome,
  extensionOf,
  folderOf,
  isWithin,
  joinPath,
  nameOf,
  relativeTo,
  selfAndAncestors,
  stemOf,
} from '../../src/disk/normalise-path.js';

test('R-W30: containment is by whole components', () => {
  expect(isWithin('/a/lora', '/a/lora/x')).toBe(true);
  expect(isWithin('/a/lora', '/a/lora')).toBe(true);
  expect(isWithin('/a/lora', '/a/lora2/x')).toBe(false);
  expect(isWithin('/', '/a')).toBe(true);
  expect(isWithin('C:/', 'C:/a')).toBe(true);
});

test('a leading ~ is the home folder, any other one a name', () => {
  expect([expandHome('~'), expandHome('~/models/x')]).toEqual([homedir(), join(homedir(), 'models/x')]);
  for (const path of ['~user/models', 'a/~', './~', '/~/a', '~~', '']) expect(expandHome(path)).toBe(path);
});

test('parts of a path', () => {
  expect([...selfAndAncestors('/a/b/c')]).toEqual(['/a/b/c', '/a/b', '/a', '/']);
  expect([...selfAndAncestors('/')]).toEqual(['/']);
  expect([folderOf('/a/b'), folderOf('/a'), folderOf('a')]).toEqual(['/a', '/', '']);
  expect([nameOf('/a/b'), nameOf('b')]).toEqual(['b', 'b']);
  expect([joinPath('/', 'a'), joinPath('/a', 'b')]).toEqual(['/a', '/a/b']);
  expect([relativeTo('/', '/a/b'), relativeTo('/a', '/a/b'), relativeTo('/a', '/a')]).toEqual(['a/b', 'b', '']);
});

test('names with dots', () => {
  expect([stemOf('a.b.CKPT'), stemOf('.ckpt'), stemOf('a'), stemOf('a.')]).toEqual(['a.b', '.ckpt', 'a', 'a']);
  expect([extensionOf('a.b.CKPT'), extensionOf('.ckpt'), extensionOf('a')]).toEqual(['.ckpt', '', '']);
});
