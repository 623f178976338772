import { existsSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Part } from '../../src/ports/call.js';
import { nodeFileOperations } from '../../src/ports/file-operations.js';
import { GuardedOutbound } from '../../src/providers/guarded-outbound.js';
import { previewUrlOf } from '../../src/shapes/preview-url.js';
import { HEADS, PICTURES } from '../disk/sample-images.js';
import { put, safetensors, sidecar } from '../disk/temp-library.js';
import { listen } from '../http/serve.js';
import { form, previewShelf, type ShelfOptions } from '../services/preview-assets/preview-shelf.js';

const weights = safetensors({});
const MIB = 1024 * 1024;

/** One lora with a sidecar, an old preview and a neighbour. */
const shelf = (options: ShelfOptions = {}, more: Record<string, string | Buffer> = {}) =>
  previewShelf(
    {
      'ink.safetensors': weights,
      'ink.metadata.json': sidecar({ notes: 'mine', preview_nsfw_level: 1, _unknown: { deep: [1] } }),
      'ink.png': 'old',
      'ink2.safetensors': weights,
      'ink2.png': 'neighbour',
      ...more,
    },
    options,
  );
type Shelf = Awaited<ReturnType<typeof shelf>>;

const upload = (loras: Shelf, content: Buffer, more: Record<string, string> = {}) =>
  loras.replace(form({ preview_file: content, model_path: loras.pathOf('ink.safetensors'), ...more }));

/** What must not change when a request is refused. */
async function unchanged(loras: Shelf, work: () => Promise<{ status: number; body: unknown }>, wanted: object) {
  const [disk, row] = [loras.disk(), loras.row('ink.safetensors')];
  await expect(work()).resolves.toMatchObject(wanted);
  expect(loras.disk()).toEqual(disk);
  expect(loras.row('ink.safetensors')).toBe(row);
  expect(loras.uploads()).toEqual([]);
}

describe('replace-preview', () => {
  it("After replace-preview with level 2: the file exists, the sidecar's `preview_url` and `preview_nsfw_level` equal the cache's, and the response `preview_url` is the static URL of that same path.", async () => {
    const loras = await shelf();
    const answer = await upload(loras, PICTURES.webp, { nsfw_level: '2' });
    const { entry } = loras.row('ink.safetensors');
    expect(answer).toEqual({
      status: 200,
      body: { success: true, preview_url: previewUrlOf(entry.preview_url, ''), preview_nsfw_level: 2 },
    });
    expect(entry).toMatchObject({ preview_url: loras.pathOf('ink.webp'), preview_nsfw_level: 2 });
    expect(loras.sidecar('ink')).toMatchObject({ preview_url: entry.preview_url, preview_nsfw_level: 2 });
    expect(readFileSync(entry.preview_url)).toEqual(PICTURES.webp);
    expect(loras.uploads()).toEqual([]);
  });

  it('keeps everything else: unknown members of the sidecar, the weights, the neighbours', async () => {
    const loras = await shelf();
    const before = loras.disk();
    await upload(loras, PICTURES.webp);
    const { 'ink.png': _gone, 'ink.metadata.json': _text, ...kept } = before;
    expect(loras.disk()).toMatchObject(kept);
    expect(loras.sidecar('ink')).toMatchObject({ notes: 'mine', _unknown: { deep: [1] }, preview_nsfw_level: 0 });
    expect(loras.names()).toEqual(['ink.metadata.json', 'ink.safetensors', 'ink.webp', 'ink2.png', 'ink2.safetensors']);
  });

  it.each([
    ['png', '.png'],
    ['jpeg', '.jpeg'],
    ['gif', '.gif'],
    ['avif', '.avif'],
  ] as const)('W-W24: a %s is stored as what it is, whatever its name and stated type', async (name, extension) => {
    const loras = await shelf();
    await expect(upload(loras, PICTURES[name])).resolves.toMatchObject({ status: 200 });
    expect(readFileSync(loras.pathOf(`ink${extension}`))).toEqual(PICTURES[name]);
  });

  it.each(['mp4', 'webm'] as const)('stores %s unchanged', async (name) => {
    const loras = await shelf();
    await expect(upload(loras, HEADS[name])).resolves.toMatchObject({ status: 200 });
    expect(readFileSync(loras.pathOf(`ink.${name}`))).toEqual(HEADS[name]);
    expect(existsSync(loras.pathOf('ink.png'))).toBe(false);
  });

  it('takes the parts in any order', async () => {
    const loras = await shelf();
    const model_path = loras.pathOf('ink.safetensors');
    const answer = await loras.replace(form({ nsfw_level: '8', model_path, preview_file: PICTURES.webp }));
    expect(answer).toMatchObject({ status: 200, body: { preview_nsfw_level: 8 } });
  });

  it('takes the address of a model in the place of its path', async () => {
    const loras = await shelf();
    const answer = await loras.replace(form({ model_path: 'loras-0:ink.safetensors', preview_file: PICTURES.webp }));
    expect(answer).toMatchObject({ status: 200 });
    expect(loras.row('ink.safetensors').entry.preview_url).toBe(loras.pathOf('ink.webp'));
  });

  it('a preview of the same name and level is exchanged too', async () => {
    const loras = await shelf();
    await upload(loras, PICTURES.webp);
    await expect(upload(loras, PICTURES.losslessWebp)).resolves.toMatchObject({ status: 200 });
    expect(readFileSync(loras.pathOf('ink.webp'))).toEqual(PICTURES.losslessWebp);
    await expect(upload(loras, PICTURES.losslessWebp)).resolves.toMatchObject({ status: 200 });
    expect(loras.names()).toEqual(['ink.metadata.json', 'ink.safetensors', 'ink.webp', 'ink2.png', 'ink2.safetensors']);
  });

  it('W-W24: what is no preview is 415 and changes nothing', async () => {
    const loras = await shelf();
    const refused = { status: 415, body: { success: false, code: 'unsupported_media_type' } };
    const contents = ['<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html><p>', '%PDF-1.7', 'x', ''];
    for (const content of contents) await unchanged(loras, () => upload(loras, Buffer.from(content)), refused);
    await unchanged(loras, () => upload(loras, PICTURES.jpeg.subarray(0, 200)), refused);
  });

  it('W-W24: a picture that cannot be decoded is 415 and changes nothing', async () => {
    const optimizer = { optimise: () => Promise.reject(new Error('bad Huffman table')) };
    const loras = await shelf({ optimizer });
    await unchanged(loras, () => upload(loras, PICTURES.jpeg), {
      status: 415,
      body: { success: false, error: 'The picture is damaged and cannot be decoded' },
    });
  });

  it('W-W24: too many bytes are 413 and change nothing, by the limit of previews or of bodies', async () => {
    const large = Buffer.concat([PICTURES.png, Buffer.alloc(3000)]);
    for (const options of [{ limits: { image: 2000 } }, { fileLimit: 2000 }]) {
      const loras = await shelf(options);
      await unchanged(loras, () => upload(loras, large), { status: 413, body: { code: 'payload_too_large' } });
    }
  });

  it('W-W24: 300 MB are refused without being received', async () => {
    const loras = await shelf();
    let made = 0;
    const before = loras.disk();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const boundary = 'x';
      const outgoing = request(`${loras.url}/api/lm/{prefix}/replace-preview`, {
        method: 'POST',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      });
      outgoing.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      outgoing.write(`--${boundary}\r\ncontent-disposition: form-data; name="preview_file"; filename="a.mp4"\r\n\r\n`);
      outgoing.write(HEADS.mp4);
      const chunk = Buffer.alloc(MIB);
      function* body() {
        for (; made < 300; made++) yield chunk;
      }
      Readable.from(body(), { objectMode: false, highWaterMark: MIB }).pipe(outgoing);
    });
    expect(status).toBe(413);
    expect(made).toBeLessThan(100);
    expect(loras.disk()).toEqual(before);
    expect(loras.uploads()).toEqual([]);
  });

  it('W-W24: when the disk is full the old preview and the sidecar are as they were', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    for (const failing of [1, 2]) {
      let folder = '';
      let writes = 0;
      const loras = await shelf({
        files: {
          ...nodeFileOperations,
          writeNew: (path, content) =>
            dirname(path) === folder && ++writes === failing
              ? Promise.reject(full)
              : nodeFileOperations.writeNew(path, content),
        },
      });
      folder = loras.folder;
      await unchanged(loras, () => upload(loras, PICTURES.webp), { status: 507, body: { code: 'disk_full' } });
    }
  });

  it('a form that lacks something is 400', async () => {
    const loras = await shelf();
    const model_path = loras.pathOf('ink.safetensors');
    const refused = { status: 400, body: { success: false, code: 'validation_failed' } };
    await unchanged(loras, () => loras.replace(form({ model_path })), refused);
    await unchanged(loras, () => loras.replace(form({ preview_file: PICTURES.webp })), refused);
    await unchanged(loras, () => loras.replace(form({ preview_file: PICTURES.webp, model_path: '' })), refused);
  });

  it('W-W1: only models of the catalog below a root have their preview replaced', async () => {
    const loras = await shelf({}, { 'art.txt': 'text' });
    const to = (model_path: string) => () => loras.replace(form({ model_path, preview_file: PICTURES.webp }));
    await unchanged(loras, to('/etc/passwd'), { status: 403, body: { code: 'path_outside_roots' } });
    await unchanged(loras, to(loras.pathOf('../x.safetensors')), { status: 403 });
    await unchanged(loras, to(loras.pathOf('art.txt')), { status: 404, body: { code: 'not_found' } });
    await unchanged(loras, to(loras.pathOf('none.safetensors')), { status: 404 });
  });

  it('W-W11: a sidecar that cannot be read is 409 and stays as it is', async () => {
    const loras = await shelf();
    put(loras.folder, 'ink.metadata.json', '{"notes": "mine"');
    await unchanged(loras, () => upload(loras, PICTURES.webp), { status: 409, body: { code: 'sidecar_unusable' } });
  });

  it('W-W12: a model without a sidecar gets a whole one', async () => {
    const loras = await shelf();
    const model_path = loras.pathOf('ink2.safetensors');
    await expect(loras.replace(form({ model_path, preview_file: PICTURES.webp }))).resolves.toMatchObject({
      status: 200,
    });
    expect(loras.row('ink2.safetensors')).toMatchObject({ origin: 'sidecar', entry: { model_name: 'ink2' } });
    expect(loras.sidecar('ink2')).toMatchObject({ file_name: 'ink2', preview_url: loras.pathOf('ink2.webp') });
  });

  it('W-W26: old previews of any case and kind go, and those of other models stay', async () => {
    const loras = await shelf(
      {},
      {
        'ink.WEBP': 'old',
        'ink.example.0.jpeg': 'old',
        'ink.preview.PNG': 'old',
        'ink.mov': 'old',
        'ink.v2.safetensors': weights,
        'ink.v2.png': 'other',
      },
    );
    await expect(upload(loras, PICTURES.webp)).resolves.toMatchObject({ status: 200 });
    const own = loras.names().filter((name) => name.startsWith('ink.'));
    expect(own).toEqual(['ink.metadata.json', 'ink.safetensors', 'ink.v2.png', 'ink.v2.safetensors', 'ink.webp']);
  });

  it('W-W15: a model that shares its stem gets a preview of its own', async () => {
    const loras = await shelf(
      {},
      { 'ink.ckpt': 'other weights', 'ink.metadata.json': sidecar({ size: weights.length }) },
    );
    await expect(upload(loras, PICTURES.webp)).resolves.toMatchObject({ status: 200 });
    expect(loras.row('ink.safetensors').entry.preview_url).toBe(loras.pathOf('ink.safetensors.webp'));
    expect(readFileSync(loras.pathOf('ink.png'), 'utf8')).toBe('old');
    await expect(upload(loras, PICTURES.png)).resolves.toMatchObject({ status: 200 });
    expect(loras.names().filter((name) => name.startsWith('ink.safetensors.'))).toEqual(['ink.safetensors.png']);
    const other = loras.replace(form({ model_path: loras.pathOf('ink.ckpt'), preview_file: PICTURES.webp }));
    await unchanged(loras, () => other, { status: 409, body: { code: 'conflict' } });
  });

  it('a read-only folder is refused before anything is received', async () => {
    const outbound = { fetch: () => Promise.reject(new Error('was asked')) };
    const loras = await shelf({ readOnly: true, outbound, limits: { image: 1 } });
    const refused = { status: 403, body: { code: 'read_only' } };
    const model_path = loras.pathOf('ink.safetensors');
    await unchanged(loras, () => loras.replace(form({ model_path, preview_file: PICTURES.webp })), refused);
    await unchanged(loras, () => loras.fromUrl({ model_path, image_url: 'https://example.com/a.png' }), refused);
  });

  it('W-W28: of many at once one wins, and disk, sidecar and catalog agree', async () => {
    const loras = await shelf();
    const contents = [PICTURES.png, PICTURES.jpeg, PICTURES.webp, PICTURES.gif, PICTURES.avif, PICTURES.losslessWebp];
    const answers = await Promise.all(
      contents.map((content, at) => upload(loras, content, { nsfw_level: String(at) })),
    );
    expect(answers.map(({ status }) => status)).toEqual(contents.map(() => 200));
    const { entry } = loras.row('ink.safetensors');
    expect(loras.sidecar('ink')).toMatchObject({
      preview_url: entry.preview_url,
      preview_nsfw_level: entry.preview_nsfw_level,
    });
    expect(readFileSync(entry.preview_url)).toEqual(contents[entry.preview_nsfw_level]);
    expect(loras.names()).toHaveLength(5);
  });

  it('a call that is given up changes nothing', async () => {
    const loras = await shelf();
    const before = loras.disk();
    const stream = Readable.from([PICTURES.webp]);
    const parts: Part[] = [
      { kind: 'field', name: 'model_path', value: loras.pathOf('ink.safetensors') },
      { kind: 'file', name: 'preview_file', filename: '', contentType: '', stream },
    ];
    const replacing = loras.previews.replaceByUpload(Readable.from(parts), AbortSignal.abort());
    await expect(replacing).rejects.toMatchObject({ code: 'cancelled' });
    expect(loras.disk()).toEqual(before);
  });
});

describe('set-preview-from-url', () => {
  /** A site of pictures: what it serves by path. */
  async function site(served: Readonly<Record<string, { type?: string; status?: number; content?: Buffer }>>) {
    const asked: string[] = [];
    const url = await listen(
      createServer((incoming, response) => {
        const path = incoming.url ?? '';
        asked.push(path);
        const { type, status = 200, content } = served[path] ?? { status: 404 };
        if (type !== undefined) response.setHeader('content-type', type);
        response.writeHead(status).end(content);
      }),
    );
    return { url, asked };
  }

  const from = (loras: Shelf, image_url: string, more: object = {}) =>
    loras.fromUrl({ model_path: loras.pathOf('ink.safetensors'), image_url, ...more });

  it('stores what the URL leads to', async () => {
    const loras = await shelf();
    const { url } = await site({ '/a.png?w=1': { type: 'image/png', content: PICTURES.png } });
    const answer = await from(loras, `${url}/a.png?w=1`, { nsfw_level: 4 });
    const { entry } = loras.row('ink.safetensors');
    expect(answer).toEqual({
      status: 200,
      body: { success: true, preview_url: previewUrlOf(entry.preview_url, ''), preview_nsfw_level: 4 },
    });
    expect(entry).toMatchObject({ preview_url: loras.pathOf('ink.png'), preview_nsfw_level: 4 });
    expect(readFileSync(entry.preview_url)).toEqual(PICTURES.png);
    expect(loras.uploads()).toEqual([]);
  });

  it('W-W25: content decides, whatever header the server sends in whatever case', async () => {
    const loras = await shelf();
    const { url } = await site({
      '/a': { content: HEADS.webm },
      '/b': { type: 'image/png', content: Buffer.from('<!doctype html>') },
    });
    await expect(from(loras, `${url}/a`)).resolves.toMatchObject({ status: 200 });
    expect(existsSync(loras.pathOf('ink.webm'))).toBe(true);
    await unchanged(loras, () => from(loras, `${url}/b`), { status: 415 });
  });

  it('W-W25: a download that fails is 502 and changes nothing', async () => {
    const loras = await shelf();
    const { url } = await site({ '/busy': { status: 503 } });
    const failed = (reason: string) => ({
      status: 502,
      body: { success: false, error: `Failed to download image: ${reason}`, code: 'provider_failed' },
    });
    await unchanged(loras, () => from(loras, `${url}/none`), failed('the server answered 404'));
    await unchanged(loras, () => from(loras, `${url}/busy`), failed('the server answered 503'));
  });

  it('W-W25: bytes and time are limited', async () => {
    const large = await shelf({ limits: { image: 50, video: 60 } });
    const { url } = await site({ '/a': { content: PICTURES.png } });
    await unchanged(large, () => from(large, `${url}/a`), { status: 413 });
    const silent = await listen(createServer(() => undefined));
    const slow = await shelf({ downloadMs: 50 });
    await unchanged(slow, () => from(slow, silent), {
      status: 502,
      body: { error: 'Failed to download image: it took too long' },
    });
  });

  it('W-W25: only public addresses are asked', async () => {
    const { url, asked } = await site({ '/a': { content: PICTURES.png } });
    const loras = await shelf({ outbound: new GuardedOutbound() });
    for (const image_url of [`${url}/a`, 'http://localhost/', 'file:///etc/passwd', 'http://169.254.169.254/', 'x']) {
      await unchanged(loras, () => from(loras, image_url), { status: 400, body: { code: 'validation_failed' } });
    }
    expect(asked).toEqual([]);
  });

  it('asks the catalogue for a small version', async () => {
    const asked: string[] = [];
    const outbound = {
      fetch: async (url: string) => {
        asked.push(url);
        return { contentType: 'image/png', body: Readable.from([PICTURES.png]) };
      },
    };
    const loras = await shelf({ outbound });
    await from(loras, 'https://image.civitai.com/a/original=true/b.jpeg');
    expect(asked).toEqual(['https://image.civitai.com/a/width=450,optimized=true/b.jpeg']);
  });

  it('asks for nothing when the request is not valid, or the model is not there', async () => {
    const { url, asked } = await site({ '/a': { content: PICTURES.png } });
    const loras = await shelf();
    const model_path = loras.pathOf('ink.safetensors');
    const invalid = [
      { image_url: `${url}/a` },
      { model_path },
      { model_path: '', image_url: `${url}/a` },
      { model_path, image_url: '' },
      { model_path, image_url: 5 },
      { model_path, image_url: `${url}/a`, nsfw_level: 'x' },
      { model_path, image_url: `${url}/a`, nsfw_level: 1.5 },
      { model_path, image_url: `${url}/a`, nsfw_level: {} },
      [],
    ];
    for (const body of invalid) await unchanged(loras, () => loras.fromUrl(body), { status: 400 });
    const elsewhere = { model_path: '/etc/passwd', image_url: `${url}/a` };
    await unchanged(loras, () => loras.fromUrl(elsewhere), { status: 403 });
    expect(asked).toEqual([]);
  });

  it.each([
    [undefined, 0],
    [null, 0],
    ['2', 2],
    [-3, 0],
  ] as const)('a level of %j is %i', async (nsfw_level, wanted) => {
    const loras = await shelf();
    const { url } = await site({ '/a': { content: PICTURES.png } });
    const answer = await from(loras, `${url}/a`, { nsfw_level });
    expect(answer).toMatchObject({ status: 200, body: { preview_nsfw_level: wanted } });
  });
});
