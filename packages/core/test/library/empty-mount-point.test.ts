import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { safetensors, sidecar } from './temp-library.js';
import { standingFolder } from './standing-folder.js';

it('while the place of a drive is empty nothing is written there: no notes, and no model of another root', async () => {
  const { open, at } = await standingFolder({
    'loras/a.safetensors': safetensors({ a: '1' }),
    'loras/a.metadata.json': sidecar({ notes: 'mine' }),
    'more/c.safetensors': safetensors({ a: '3' }),
  });
  const library = open({ digests: false });
  await library.ready;
  await rename(at('loras'), at('unplugged'));
  await mkdir(at('loras'));
  const model = at('loras/a.safetensors');
  const tried = [
    library.loras.saveMetadata({ file_path: model, notes: 'new' }),
    library.loras.addTags({ file_path: model, tags: ['x'] }),
    library.loras.renameModel({ file_path: model, new_file_name: 'b' }),
    library.loras.deleteModel({ file_path: model }),
    library.loras.moveModel({ file_path: at('more/c.safetensors'), target_path: at('loras') }),
  ];
  const ends = await Promise.all(
    tried.map((each) =>
      each.then(
        () => 'done',
        (error: { code: string }) => error.code,
      ),
    ),
  );
  expect(existsSync(at('more/c.safetensors'))).toBe(true);
  expect(ends).toEqual(Array.from({ length: 5 }, () => 'storage_unavailable'));
  expect(readdirSync(at('loras')).filter((name) => name !== '.modelshelf')).toEqual([]);
  await library.close();
});
