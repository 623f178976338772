import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLibrary, safetensors, sidecar } from './temp-library.js';

/** A file that declares a header of this many bytes and carries this text. */
function header(declared: bigint, text: string | Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(declared);
  return Buffer.concat([length, Buffer.from(text)]);
}

const json = (value: unknown): Buffer => {
  const text = JSON.stringify(value);
  return header(BigInt(text.length), text);
};

describe('bad input on disk', () => {
  it('hostile headers, sidecars and links: the scan ends, each is one report entry, the rest is listed', async () => {
    const { library, folder } = await openLibrary({
      'loras/fine.safetensors': safetensors(),
      'loras/h/far.safetensors': header(2n ** 63n, '{}'),
      'loras/h/large.safetensors': header(100n * 1024n * 1024n, '{}'),
      'loras/h/latin.safetensors': header(3n, Buffer.from([0x7b, 0xff, 0x7d])),
      'loras/h/negative.safetensors': json({ w: { dtype: 'F32', shape: [1], data_offsets: [-4, 0] } }),
      'loras/h/short.safetensors': Buffer.from([1, 2, 3]),
      'loras/s/corrupt.safetensors': safetensors(),
      'loras/s/corrupt.metadata.json': '{"file_name": ',
      'loras/s/partial.safetensors': safetensors(),
      'loras/s/partial.metadata.json': '{"model_name": "half"}',
      'loras/s/array.safetensors': safetensors(),
      'loras/s/array.metadata.json': '[]',
      'loras/half.safetensors.part': 'x',
      'loras/half.safetensors.tmp': 'x',
    });
    await symlink(join(folder, 'nowhere.safetensors'), join(folder, 'loras/dead.safetensors'));
    await mkdir(join(folder, 'loras/loop'));
    await symlink(join(folder, 'loras'), join(folder, 'loras/loop/again'));
    await symlink('itself.safetensors', join(folder, 'loras/itself.safetensors'));
    await library.ready;

    const { issues } = await library.loras.scanModels();
    const rows = issues.map(({ code, path }) => [path.slice(folder.length + 1), code]).sort();
    expect(rows).toEqual([
      ['loras/dead.safetensors', 'dead_link'],
      ['loras/h/far.safetensors', 'header_unreadable'],
      ['loras/h/large.safetensors', 'header_unreadable'],
      ['loras/h/latin.safetensors', 'header_unreadable'],
      ['loras/h/negative.safetensors', 'header_unreadable'],
      ['loras/h/short.safetensors', 'header_unreadable'],
      ['loras/itself.safetensors', 'link_loop'],
      ['loras/loop/again', 'link_loop'],
      ['loras/s/array.metadata.json', 'sidecar_corrupt'],
      ['loras/s/corrupt.metadata.json', 'sidecar_corrupt'],
      ['loras/s/partial.metadata.json', 'sidecar_incomplete'],
    ]);
    const { items } = await library.loras.getModels();
    expect(items.map(({ file_name }) => file_name)).toEqual(['far', 'fine', 'large', 'latin', 'negative', 'short']);
  });

  it('P-10: odd names survive the scan and the preview URL', async () => {
    const names = [
      'v1.0.final',
      'a%20b',
      'e\u0301 NFD',
      '\u00e9 NFC',
      '🎨🖌️',
      `${'n'.repeat(240)}`,
      'trailing.',
      'trailing ',
      'CON',
      'quote"s\'',
      'line\nbreak',
      'back\\slash',
      '#?&=+',
    ];
    const files = Object.fromEntries(
      names.flatMap((name) => [
        [`loras/${name}.safetensors`, safetensors()],
        [`loras/${name}.png`, `preview of ${name}`],
      ]),
    );
    const { library, request, folder } = await openLibrary(files);
    await library.ready;
    const { items } = await library.loras.getModels({ page_size: 100 });
    expect(items.map(({ file_name }) => file_name).sort()).toEqual([...names].sort());
    for (const { preview_url, file_name, file_path } of items) {
      expect(await (await request(preview_url)).text()).toBe(`preview of ${file_name}`);
      await writeFile(join(folder, `loras/${file_name}.metadata.json`), sidecar({ civitai: { id: 5 } }));
      const answer = await library.loras.getModelMetadata({ file_path });
      expect(answer.location.path).toBe(`${file_name}.safetensors`);
      const address = `${answer.location.root}:${answer.location.path}`;
      expect((await library.loras.getModelMetadata({ file_path: address })).metadata).toEqual({ id: 5 });
    }
  });

  it('P-3: one physical file through two links is one content, two locations, no duplicate warning', async () => {
    const { library, folder } = await openLibrary({
      'loras/real.safetensors': safetensors(),
      'loras/real.metadata.json': sidecar(),
    });
    await symlink(join(folder, 'loras/real.safetensors'), join(folder, 'loras/zz-link.safetensors'));
    await library.ready;
    const { items } = await library.loras.getModels();
    expect(items.map(({ file_name }) => file_name)).toEqual(['real']);
    expect((await library.loras.scanModels()).issues).toEqual([]);
    const { location } = await library.loras.getModelMetadata({ file_path: join(folder, 'loras/zz-link.safetensors') });
    expect(location).toEqual({
      root: 'loras-0',
      path: 'real.safetensors',
      also_at: [join(folder, 'loras/zz-link.safetensors')],
    });
  });
});
