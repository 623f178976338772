import { createHash } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { expect, describe, it, vi } from 'vitest';
import { safetensors, sidecar } from './temp-library.js';
import { allDigested, allLoras, heard, standingFolder } from './standing-folder.js';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('files that are not whole', () => {
  it(
    'P-1: a file that grows while it is hashed has no digest stored, and gets one later',
    { timeout: 30_000 },
    async () => {
      const { at, open: openLibrary, write } = await standingFolder();
      await write({ 'loras/grows.safetensors': Buffer.alloc(48 * 1024 * 1024, 3) });
      const path = at('loras/grows.safetensors');
      const file = await open(path, 'a');
      let grows = true;
      const growing = (async () => {
        while (grows) {
          await file.write('x');
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        await file.close();
      })();
      const library = openLibrary();
      const told = heard(library, 'digest');
      await library.ready;
      await vi.waitFor(() => expect(told.length).toBeGreaterThan(0), 10_000);
      // Longer than one reading takes, and into the second.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect((await allLoras(library)).map((item) => item.sha256)).toEqual(['']);
      grows = false;
      await growing;
      await library.loras.scanModels();
      await allDigested(library, 20_000);
      const whole = sha256(await readFile(path));
      expect((await allLoras(library))[0]?.sha256).toBe(whole);
      await library.close();
      const rows = (await readFile(at('data/records/digests.ndjson'), 'utf8')).trim().split('\n').slice(1);
      expect(rows).toHaveLength(1);
      expect(JSON.parse(rows[0] ?? '')).toMatchObject({ path, sha256: whole, size: (await stat(path)).size });
    },
  );

  it('P-1: a download that goes on is never listed; the file that it becomes is', async () => {
    const partial = {
      'loras/a.safetensors.part': 'x',
      'loras/b.safetensors.tmp': 'x',
      'loras/c.safetensors.incomplete': 'x',
      'loras/d.safetensors.crdownload': 'x',
      'loras/e.safetensors': 'with holes',
      'loras/e.safetensors.aria2': 'x',
      'loras/f.safetensors': '',
      'loras/f.safetensors.part': 'x',
    };
    const { at, open: openLibrary } = await standingFolder(partial);
    const library = openLibrary({ digests: false });
    await library.ready;
    expect(await allLoras(library)).toEqual([]);
    await rename(at('loras/a.safetensors.part'), at('loras/a.safetensors'));
    await library.loras.scanModels();
    expect((await allLoras(library)).map(({ file_name }) => file_name)).toEqual(['a']);
  });
});

describe('duplicates', () => {
  const stated = 'ab'.repeat(32);
  const first = safetensors({ is: '1' });
  const second = safetensors({ is: '2' });
  const files = {
    'loras/one.safetensors': first,
    'loras/one.metadata.json': sidecar({ sha256: stated, size: first.length }),
    'loras/other.safetensors': second,
    'loras/other.metadata.json': sidecar({ sha256: stated, size: second.length }),
  };

  it('P-1: two files whose sidecars state one digest are no duplicates, neither before nor after they were read', async () => {
    const { open: openLibrary } = await standingFolder(files);
    const unread = openLibrary({ digests: false });
    await unread.ready;
    expect(await unread.loras.findDuplicateModels()).toMatchObject({ duplicates: [], count: 0 });
    await unread.close();
    const library = openLibrary();
    await library.ready;
    const expected = [sha256(first), sha256(second)];
    await vi.waitFor(
      async () =>
        expect((await allLoras(library, { sort_by: 'added' })).map((item) => item.sha256).sort()).toEqual(
          expected.sort(),
        ),
      10_000,
    );
    expect((await library.loras.findDuplicateModels()).count).toBe(0);
  });

  it('P-1: two equal files become duplicates once both were read in the background, whatever is stated', async () => {
    const { open: openLibrary } = await standingFolder({
      ...files,
      'loras/other.safetensors': first,
      'more/third.safetensors': first,
      'more/other.safetensors': second,
    });
    const library = openLibrary();
    await library.ready;
    await vi.waitFor(
      async () => {
        const { duplicates } = await library.loras.findDuplicateModels();
        expect(duplicates.map(({ hash, models }) => [hash, models.map(({ file_name }) => file_name).sort()])).toEqual([
          [sha256(first), ['one', 'other', 'third']],
        ]);
      },
      { timeout: 10_000 },
    );
  });
});
