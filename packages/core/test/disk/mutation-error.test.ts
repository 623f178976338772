import { expect, it } from 'vitest';
import { toMutationError } from '../../src/disk/mutation-error.js';
import { ModelshelfError } from '../../src/errors.js';
import { failure } from './plan-stage.js';

it.each([
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EROFS', 'read_only'],
  ['EACCES', 'access_denied'],
  ['EPERM', 'access_denied'],
  ['EMFILE', 'too_many_open_files'],
  ['ENFILE', 'too_many_open_files'],
  ['EIO', 'storage_unavailable'],
  ['ENODEV', 'storage_unavailable'],
  ['ESTALE', 'storage_unavailable'],
  ['EEXIST', 'conflict'],
  ['ENOENT', 'not_found'],
  ['ENAMETOOLONG', 'validation_failed'],
  ['EWHATEVER', 'internal'],
])('says %s as %s, without the folder', (code, expected) => {
  const error = toMutationError(failure(code), '/secret/folder/m.safetensors');
  expect(error).toMatchObject({ code: expected, cause: { code } });
  expect(error.message).not.toContain('secret');
});

it('leaves an error of ours as it is', () => {
  const error = new ModelshelfError('conflict', 'x');
  expect(toMutationError(error, '/a')).toBe(error);
});
