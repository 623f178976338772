import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Outbound } from '../../../src/index.js';
import { PICTURES } from '../../disk/sample-images.js';
import { temporaryFolder } from '../temp-library.js';
import { answerOf, expectNoLeak, expectRefusal, untouched } from './refusals.js';
import { json, MODEL_OF, openWritingLibrary, SECRET, type WritingLibrary } from './writing-library.js';

const MEBIBYTE = 1024 * 1024;
const ROUTE = '/api/lm/loras/replace-preview';

const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert('${SECRET}')</script></svg>`;

/** What is no preview, under names and types that say it is one. */
const NO_PREVIEWS: readonly (readonly [why: string, bytes: string | Buffer, name: string, type: string])[] = [
  ['an SVG with a script', svg, 'x.svg', 'image/svg+xml'],
  ['an SVG with a script that says it is a PNG', svg, 'x.png', 'image/png'],
  ['an SVG behind a prolog', `\ufeff<?xml version="1.0"?>\n<!-- x -->${svg}`, 'x.webp', 'image/webp'],
  ['HTML', '<!doctype html><script>1</script>', 'x.png', 'image/png'],
  ['text', 'not a picture at all', 'x.png', 'image/png'],
  ['no bytes', '', 'x.png', 'image/png'],
  ['one byte', '\0', 'x.png', 'image/png'],
  ['the head of a PNG only', PICTURES.png.subarray(0, 8), 'x.png', 'image/png'],
  ['a PNG that is cut off', PICTURES.png.subarray(0, 40), 'x.png', 'image/png'],
  ['a JPEG that is cut off', PICTURES.jpeg.subarray(0, 30), 'x.jpg', 'image/jpeg'],
  ['a WebP that is cut off', PICTURES.webp.subarray(0, 20), 'x.webp', 'image/webp'],
  ['a model', Buffer.from('GGUF\0\0\0\0model'), 'x.gguf', 'video/mp4'],
  ['a program', Buffer.from('MZ\x90\0\x03', 'latin1'), 'x.mp4', 'video/mp4'],
  ['a zip', Buffer.from('PK\x03\x04'), 'x.gif', 'image/gif'],
];

function formOf(members: readonly (readonly [name: string, value: string | Blob])[]): FormData {
  const form = new FormData();
  for (const [name, value] of members) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, 'x.png');
  }
  return form;
}

afterEach(() => vi.unstubAllEnvs());

async function open(options = {}) {
  vi.unstubAllEnvs();
  const at = await openWritingLibrary(options);
  // Where uploads wait, for this process alone.
  vi.stubEnv('TMPDIR', await temporaryFolder());
  return { at, model: `${at.folder}/${MODEL_OF.loras}` };
}

/** Fails unless an upload was refused with one of some statuses, left everything as it was, and no file behind. */
async function refusedUpload(
  at: WritingLibrary,
  what: string,
  init: RequestInit,
  statuses: readonly number[],
  onAnswer: () => unknown = () => undefined,
) {
  await untouched(at, what, async () => {
    const response = at.send(ROUTE, { method: 'POST', ...init });
    const answer = await answerOf(response.finally(onAnswer));
    expectRefusal('replacePreview', answer, what);
    expectNoLeak(answer, at, what);
    expect([what, answer.status]).toEqual([what, expect.toBeOneOf([...statuses])]);
  });
  expect([what, await readdir(tmpdir())]).toEqual([what, []]);
}

describe('uploads', () => {
  it('W-W24: what is no picture and no video is refused by its content, whatever it says of itself: 415, nothing changed', async () => {
    const { at, model } = await open();
    for (const [why, bytes, name, type] of NO_PREVIEWS) {
      for (const isFirst of [true, false]) {
        const body = new FormData();
        if (isFirst) body.append('model_path', model);
        body.append('preview_file', new Blob([bytes], { type }), name);
        if (!isFirst) body.append('model_path', model);
        await refusedUpload(at, why, { body }, [415]);
      }
    }
  });

  it('W-W24: names of uploads lead nowhere', async () => {
    const { at, model } = await open();
    const outside = (await at.disk()).filter((line) => !line.startsWith(`${at.folder}/loras/deep/`));
    for (const name of [
      '../../../x.webp',
      '/etc/x.webp',
      'C:\\x.webp',
      'CON.webp',
      `${'x'.repeat(300)}.webp`,
      '\ud800',
    ]) {
      const body = new FormData();
      body.append('preview_file', new Blob([PICTURES.webp]), name);
      body.append('model_path', model);
      const { status } = await answerOf(at.send(ROUTE, { method: 'POST', body }));
      expect([name, status]).toEqual([name, 200]);
      expect((await at.disk()).filter((line) => !line.startsWith(`${at.folder}/loras/deep/`))).toEqual(outside);
      expect((await readdir(`${at.folder}/loras/deep`)).sort()).toEqual(
        ['ink.civitai.info', 'ink.metadata.json', 'ink.safetensors', 'ink.webp'].sort(),
      );
    }
  });

  it('W-W24: 300 MB are 413 long before they have arrived, and leave nothing behind', { timeout: 60_000 }, async () => {
    const { at, model } = await open();
    const heads: [string, Buffer, number][] = [
      ['a picture', PICTURES.png, 72],
      ['a video', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp41\0\0\0\x08mdat', 'latin1'), 72],
      ['zeros', Buffer.alloc(16), 72],
    ];
    for (const [what, head, mebibytes] of heads) {
      let sent = 0;
      const before = `--x\r\ncontent-disposition: form-data; name="model_path"\r\n\r\n${model}\r\n--x\r\ncontent-disposition: form-data; name="preview_file"; filename="x.png"\r\n\r\n`;
      const chunk = Buffer.alloc(256 * 1024, 1);
      const body = Readable.toWeb(
        Readable.from(
          (function* () {
            yield Buffer.from(before);
            yield head;
            for (; sent < 300 * MEBIBYTE; sent += chunk.length) yield chunk;
            yield Buffer.from('\r\n--x--\r\n');
          })(),
        ),
      ) as ReadableStream<Uint8Array>;
      const headers = { 'content-type': 'multipart/form-data; boundary=x' };
      const init = { body, headers, duplex: 'half' } as RequestInit;
      // What arrives after the answer flows into nothing.
      let taken = 0;
      await refusedUpload(at, what, init, what === 'zeros' ? [415] : [413], () => (taken = sent));
      expect([what, taken / MEBIBYTE]).toEqual([what, expect.toSatisfy((each: number) => each < mebibytes)]);
    }
  });

  it('W-W35: a form that lacks, doubles or garbles something is 400', async () => {
    const { at, model } = await open();
    const file = new Blob([PICTURES.webp]);
    const forms: [string, FormData][] = [
      ['no parts', formOf([])],
      ['no file', formOf([['model_path', model]])],
      ['no model', formOf([['preview_file', file]])],
      ['an empty model', formOf([['preview_file', file], ['model_path', '']])],
      ['the file as text', formOf([['preview_file', 'text'], ['model_path', model]])],
      ['the model as a file', formOf([['preview_file', file], ['model_path', new Blob([model])]])],
      ['two files', formOf([['preview_file', file], ['preview_file', file], ['model_path', model]])],
      ['other names', formOf([['file', file], ['path', model]])],
    ]; // prettier-ignore
    for (const [why, body] of forms) await refusedUpload(at, why, { body }, [400]);
    const typed = (type: string) => ({ headers: { 'content-type': type } });
    const cut = `--x\r\ncontent-disposition: form-data; name="model_path"\r\n\r\n${model}\r\n--x\r\ncontent-disposition: form-data; name="preview_file"; filename="x.png"\r\n\r\n`;
    const half = Buffer.concat([Buffer.from(cut), PICTURES.webp]);
    await refusedUpload(at, 'cut off', { ...typed('multipart/form-data; boundary=x'), body: half }, [400]);
    await refusedUpload(at, 'no boundary', { ...typed('multipart/form-data'), body: half }, [400, 415]);
    await refusedUpload(at, 'no end of parts', { ...typed('multipart/form-data; boundary=y'), body: half }, [400]);
    await refusedUpload(at, 'no body', typed('multipart/form-data; boundary=x'), [400]);
    await refusedUpload(at, 'JSON', json({ model_path: model }), [415]);
    await refusedUpload(at, 'nothing', {}, [400, 415]);
  });
});

describe('downloads', () => {
  const delivering = (bytes: string | Buffer): Outbound => ({
    fetch: () => Promise.resolve({ contentType: 'image/png', body: Readable.from([Buffer.from(bytes)]) }),
  });

  it('W-W25: what a URL leads to is looked at as an upload is', async () => {
    for (const [why, bytes] of NO_PREVIEWS.slice(0, 6)) {
      const { at, model } = await open({ outbound: delivering(bytes) });
      await untouched(at, why, async () => {
        const body = { model_path: model, image_url: 'https://example.org/x.png' };
        const answer = await answerOf(at.send('/api/lm/loras/set-preview-from-url', json(body)));
        expectRefusal('setPreviewFromUrl', answer, why);
        expect([why, answer.status]).toEqual([why, 415]);
      });
      expect(await readdir(tmpdir())).toEqual([]);
    }
  });
});
