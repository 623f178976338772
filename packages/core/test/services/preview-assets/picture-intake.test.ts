import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ImageFile, ImageOptimizer } from '../../../src/ports/image-optimizer.js';
import { IncomingFile } from '../../../src/services/preview-assets/incoming-file.js';
import { PictureIntake } from '../../../src/services/preview-assets/picture-intake.js';
import { passThrough } from '../../../src/services/preview-assets/sharp-optimizer.js';
import { HEADS, PICTURES } from '../../disk/sample-images.js';
import { tempFolder } from '../../disk/temp-library.js';

const code = (wanted: string) => expect.objectContaining({ code: wanted });

async function take(content: Buffer, optimizer: ImageOptimizer = passThrough): Promise<ImageFile> {
  const intake = new PictureIntake({ optimizer, limits: { image: 2000, video: 3000 }, folder: tempFolder() });
  const file = await IncomingFile.receive(Readable.from([content]), intake.receiving);
  onTestFinished(() => file.discard());
  return intake.take(file);
}

/** Makes `gif` bytes of everything, and says that it was something else. */
const optimizer: ImageOptimizer = { optimise: async () => ({ data: PICTURES.webp, extension: '.html' }) };

describe('what is stored of what was sent', () => {
  it('W-W24: the extension follows the content', async () => {
    await expect(take(PICTURES.png)).resolves.toEqual({ data: PICTURES.png, extension: '.png' });
    await expect(take(HEADS.jxlFile)).resolves.toMatchObject({ extension: '.jxl' });
  });

  it('W-W24: content decides about the output of an optimiser too', async () => {
    await expect(take(PICTURES.jpeg, optimizer)).resolves.toEqual({ data: PICTURES.webp, extension: '.webp' });
    const broken: ImageOptimizer = { optimise: async () => ({ data: Buffer.from('<html>'), extension: '.webp' }) };
    await expect(take(PICTURES.jpeg, broken)).rejects.toEqual(code('unsupported_media_type'));
  });

  it.each(['mp4', 'webm'] as const)('%s is stored unchanged', async (name) => {
    await expect(take(HEADS[name], optimizer)).resolves.toEqual({ data: HEADS[name], extension: `.${name}` });
  });

  it('gif is stored unchanged: it may move', async () => {
    await expect(take(PICTURES.gif, optimizer)).resolves.toEqual({ data: PICTURES.gif, extension: '.gif' });
  });

  it.each(['<svg xmlns="http://www.w3.org/2000/svg"/>', '<!doctype html>', 'MZ', ''])(
    'W-W24: %j is refused',
    async (content) => {
      await expect(take(Buffer.from(content))).rejects.toEqual(code('unsupported_media_type'));
    },
  );

  it('W-W24: a picture that is cut off is refused, also where nothing decodes', async () => {
    await expect(take(PICTURES.png.subarray(0, 60))).rejects.toEqual(code('unsupported_media_type'));
  });

  it('W-W24: a picture that the decoder does not take is refused', async () => {
    const refusing: ImageOptimizer = { optimise: () => Promise.reject(new Error('bad Huffman table')) };
    await expect(take(PICTURES.jpeg, refusing)).rejects.toEqual(code('unsupported_media_type'));
  });

  it('W-W24: a small file that would be a picture of 10 gigapixels is not decoded', async () => {
    const bomb = Buffer.from(PICTURES.png);
    bomb.writeUInt32BE(100_000, 16);
    bomb.writeUInt32BE(100_000, 20);
    const decoder: ImageOptimizer = { optimise: () => Promise.reject(new Error('was decoded')) };
    await expect(take(bomb, decoder)).rejects.toEqual(code('payload_too_large'));
  });

  it('W-W24: pictures and videos have limits of their own', async () => {
    const padded = (head: Buffer, size: number) => Buffer.concat([head, Buffer.alloc(size - head.length)]);
    await expect(take(padded(PICTURES.png, 2000))).resolves.toMatchObject({ extension: '.png' });
    await expect(take(padded(PICTURES.png, 2001))).rejects.toEqual(code('payload_too_large'));
    await expect(take(padded(HEADS.mp4, 3000))).resolves.toMatchObject({ extension: '.mp4' });
    await expect(take(padded(HEADS.mp4, 3001))).rejects.toEqual(code('payload_too_large'));
  });
});
