import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { writeAtomically } from '../../src/disk/write-atomically.js';
import { counting, failure, quick } from './plan-stage.js';
import { put, tempFolder } from './temp-library.js';

it('whenever the process or the machine stops, the path holds the old bytes or the new ones', async () => {
  for (const isThere of [true, false]) {
    for (let at = 0; at < 4; at++) {
      const folder = tempFolder();
      const path = `${folder}/x.json`;
      if (isThere) put(folder, 'x.json', 'old');
      const files = counting(quick, (call) => {
        if (call >= at) throw failure('EIO');
      });
      const rejects = await writeAtomically(path, 'new', files).then(
        () => false,
        () => true,
      );
      const text = existsSync(path) ? readFileSync(path, 'utf8') : 'none';
      expect([isThere ? 'old' : 'none', 'new']).toContain(text);
      if (!rejects) expect(text).toBe('new');
    }
  }
});

it('leaves no temporary file behind when it fails', async () => {
  const folder = tempFolder();
  const rename = (): Promise<never> => Promise.reject(failure('EACCES'));
  await expect(writeAtomically(`${folder}/x.json`, 'new', { ...quick, rename })).rejects.toMatchObject({
    code: 'EACCES',
  });
  expect(readdirSync(folder)).toEqual([]);
});
