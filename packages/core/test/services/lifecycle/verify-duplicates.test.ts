import { readFileSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sidecar } from '../../disk/temp-library.js';
import { sha256Of, shelfFolder, weights } from './writable-shelf.js';

/** Models that claim to be equal by their sidecars. */
function claimed(contents: readonly string[], sha256: (path: string) => string) {
  const shelf = shelfFolder();
  const paths = contents.map((content, index) => shelf.put(`loras/m${String(index)}.safetensors`, weights(content)));
  const stated = sha256(paths[0] ?? '');
  for (const index of paths.keys())
    shelf.put(`loras/m${String(index)}.metadata.json`, sidecar({ size: 0, sha256: stated, odd: 1 }));
  return { shelf, paths, stated };
}

describe('verifyDuplicates', () => {
  it('confirms files with the claimed content, and reads every one', async () => {
    const { shelf, paths } = claimed(['a', 'a', 'a'], (path) => sha256Of(path).toUpperCase());
    const read: string[] = [];
    const library = await shelf.open({
      digest: async (path) => {
        read.push(path);
        return sha256Of(path);
      },
    });
    const before = shelf.snapshot();
    expect(await library.lifecycle.verifyDuplicates(paths)).toEqual({ isVerified: true, mismatched: [], hashes: {} });
    expect(read).toEqual(paths);
    expect(shelf.snapshot()).toEqual(before);
  });

  it('names what differs, and corrects the sidecar and the catalog', async () => {
    const { shelf, paths } = claimed(['a', 'b'], sha256Of);
    const [, other = ''] = paths;
    const library = await shelf.open();
    const real = sha256Of(other);
    expect(await library.lifecycle.verifyDuplicates(paths)).toEqual({
      isVerified: false,
      mismatched: [other],
      hashes: { [other]: real },
    });
    expect(JSON.parse(readFileSync(shelf.at('loras/m1.metadata.json'), 'utf8'))).toMatchObject({
      sha256: real,
      odd: 1,
    });
    expect(library.listed.findByHash(real).map(({ file_path }) => file_path)).toEqual([other]);
  });

  it('takes the digest that the first sidecar states, even when all files differ from it', async () => {
    const { shelf, paths } = claimed(['a', 'a'], () => 'f'.repeat(64));
    const library = await shelf.open();
    const real = sha256Of(paths[0] ?? '');
    expect(await library.lifecycle.verifyDuplicates(paths)).toEqual({
      isVerified: false,
      mismatched: paths,
      hashes: Object.fromEntries(paths.map((path) => [path, real])),
    });
  });

  it('steps over files that are gone, also the first, whose sidecar still says what was claimed', async () => {
    const { shelf, paths } = claimed(['a', 'a', 'b'], sha256Of);
    const library = await shelf.open({
      digest: async (path) => {
        if (path === paths[0]) throw Object.assign(new Error('gone'), { name: 'ModelshelfError', code: 'not_found' });
        return sha256Of(path);
      },
    });
    unlinkSync(paths[0] ?? '');
    const result = await library.lifecycle.verifyDuplicates([...paths, shelf.at('loras/none.safetensors')]);
    expect(result).toMatchObject({ isVerified: false, mismatched: [paths[2]] });
    expect(await library.lifecycle.verifyDuplicates([shelf.at('loras/none.safetensors')])).toMatchObject({
      isVerified: false,
    });
  });

  it('names a file that cannot be read, and verifies nothing then', async () => {
    const { shelf, paths } = claimed(['a', 'a'], sha256Of);
    const library = await shelf.open({
      digest: async (path) => {
        if (path === paths[1]) throw new Error('EIO');
        return sha256Of(path);
      },
    });
    const [, bad = ''] = paths;
    expect(await library.lifecycle.verifyDuplicates(paths)).toEqual({
      isVerified: false,
      mismatched: [bad],
      hashes: { [bad]: 'error_calculating_hash' },
    });
  });

  it('W-W1: a path outside the roots is refused, and nothing is read', async () => {
    const { shelf, paths } = claimed(['a'], sha256Of);
    const outside = shelf.put('elsewhere/a.safetensors', 'secret');
    const read: string[] = [];
    const library = await shelf.open({
      digest: async (path) => {
        read.push(path);
        return sha256Of(path);
      },
    });
    await expect(library.lifecycle.verifyDuplicates([...paths, outside])).rejects.toMatchObject({
      code: 'path_outside_roots',
    });
    expect(read).toEqual([]);
  });
});
