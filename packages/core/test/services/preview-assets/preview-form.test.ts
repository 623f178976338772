import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ModelshelfError } from '../../../src/errors.js';
import type { Part } from '../../../src/ports/call.js';
import { receivePreviewForm } from '../../../src/services/preview-assets/preview-form.js';
import { tempFolder } from '../../disk/temp-library.js';

const field = (name: string, value: string): Part => ({ kind: 'field', name, value });
const file = (name: string, content = 'bytes'): Part => ({
  kind: 'file',
  name,
  filename: 'x.png',
  contentType: 'image/png',
  stream: Readable.from([Buffer.from(content)]),
});
const picture = () => file('preview_file');
const path = field('model_path', '/m/ink.safetensors');

async function receive(parts: readonly Part[], checkModel: (modelPath: string) => void = () => undefined) {
  const folder = tempFolder();
  const options = { headBytes: 4, limitOf: () => 100, folder, checkModel };
  const result = await receivePreviewForm(Readable.from(parts), options).catch((error: unknown) => error);
  if (result instanceof Error) {
    expect(readdirSync(folder), 'a refused form leaves no file').toEqual([]);
    throw result;
  }
  return result as Awaited<ReturnType<typeof receivePreviewForm>>;
}

const invalid = (message: string) => expect.objectContaining({ code: 'validation_failed', message });

describe('the form of an upload', () => {
  const level = field('nsfw_level', '4');

  it.each([
    ['file first', () => [picture(), path, level]],
    ['path first', () => [path, level, picture()]],
    ['level first', () => [level, picture(), path]],
    ['with other parts between', () => [field('x', 'y'), picture(), file('other'), level, path]],
  ])('is taken in any order: %s', async (_name, parts) => {
    const form = await receive(parts());
    expect(form).toMatchObject({ modelPath: '/m/ink.safetensors', nsfwLevel: 4 });
    expect((await form.file.read()).toString()).toBe('bytes');
  });

  it.each([
    ['', 0],
    ['x', 0],
    ['-1', 0],
    ['4.5', 0],
    ['1e3', 0],
    ['9'.repeat(30), 0],
    [' 8 ', 8],
    ['+2', 2],
  ])('a level of %j is %i', async (text, nsfwLevel) => {
    await expect(receive([picture(), path, field('nsfw_level', text)])).resolves.toMatchObject({ nsfwLevel });
  });

  it('a level that is not there is 0', async () => {
    await expect(receive([picture(), path])).resolves.toMatchObject({ nsfwLevel: 0 });
  });

  it('is refused when something is missing, there twice, or of the wrong kind', async () => {
    await expect(receive([])).rejects.toEqual(invalid('preview_file: is required'));
    await expect(receive([path])).rejects.toEqual(invalid('preview_file: is required'));
    await expect(receive([picture()])).rejects.toEqual(invalid('model_path: is required'));
    await expect(receive([picture(), field('model_path', '')])).rejects.toEqual(invalid('model_path: is required'));
    await expect(receive([picture(), path, picture()])).rejects.toEqual(invalid('preview_file: is there twice'));
    await expect(receive([field('preview_file', 'x'), path])).rejects.toEqual(invalid('preview_file: expected a file'));
    await expect(receive([picture(), file('model_path')])).rejects.toEqual(invalid('model_path: expected text'));
  });

  it('asks about the model before it receives the file, when the model comes first', async () => {
    const stream = Readable.from([Buffer.from('bytes')]);
    const refusing = (): void => {
      throw new ModelshelfError('not_found', 'no such model');
    };
    const upload: Part = { kind: 'file', name: 'preview_file', filename: '', contentType: '', stream };
    await expect(receive([path, upload], refusing)).rejects.toThrow('no such model');
    expect(stream.readableDidRead).toBe(false);
    await expect(receive([picture(), path], refusing)).rejects.toThrow('no such model');
  });
});
