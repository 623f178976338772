import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { IndexFiles } from '../../../src/catalog/index-store/index-files.js';
import { tempFolder } from '../../disk/temp-library.js';

it('a temporary file that another model type puts in place meanwhile does not stop the tidying', async () => {
  const dataDir = tempFolder();
  const files = new IndexFiles(dataDir, { type: 'lora', roots: [] });
  await mkdir(files.folder, { recursive: true });
  // Listed, and gone when it is looked at.
  await symlink(join(dataDir, 'gone'), join(files.folder, 'embedding-0.ndjson.1.tmp'));
  await writeFile(files.changes('former'), '');
  await writeFile(files.changes('present'), '');
  await files.tidy('present', Date.now());
  expect((await readdir(files.folder)).filter((name) => name.includes('former'))).toEqual([]);
});
