import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOptions } from '../src/options.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelshelf=options-'));
  await writeFile(join(folder, 'none.json'), '{"language": "de"}');
  await writeFile(join(folder, 'roots.json'), '{"folder_paths": {"loras": ["/models"]}}');
  await writeFile(join(folder, 'empty.json'), '{"folder_paths": {"loras": []}}');
  await writeFile(join(folder, 'broken.json'), '{"language": ');
  await writeFile(join(folder, 'list.json'), '[]');
});
afterAll(() => rm(folder, { recursive: true }));

describe('options', () => {
  it('have defaults', async () => {
    expect(await parseOptions([])).toEqual({
      help: false,
      roots: undefined,
      hasSettingsRoots: false,
      framework: 'express',
      host: '127.0.0.1',
      port: 8188,
      dataDir: undefined,
      settingsFile: undefined,
      sites: {},
    });
  });

  it('take several roots of a type, relative ones too, with = in their names', async () => {
    const args = [`loras=${folder}`, `unet=${folder}`, `loras=${relative('.', folder)}`].flatMap((it) => [
      '--root',
      it,
    ]);
    expect((await parseOptions(args)).roots).toEqual({ loras: [folder, folder], unet: [folder] });
  });

  it('take everything that a server needs', async () => {
    const args = ['--framework', 'koa', '--host', '[::1]', '--port=0', '--data-dir', join(folder, 'new')];
    const sites = ['--civitai-url', 'http://127.0.0.1:9/', '--huggingface-url', 'https://hf.example'];
    expect(await parseOptions([...args, ...sites])).toMatchObject({
      framework: 'koa',
      host: '::1',
      port: 0,
      dataDir: join(folder, 'new'),
      sites: { civitai: 'http://127.0.0.1:9', huggingface: 'https://hf.example' },
    });
  });

  it('see whether the settings name folders', async () => {
    const hasRoots = async (file: string) => (await parseOptions(['--settings', join(folder, file)])).hasSettingsRoots;
    expect(await hasRoots('roots.json')).toBe(true);
    expect(await hasRoots('none.json')).toBe(false);
    expect(await hasRoots('empty.json')).toBe(false);
  });

  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['loose'], "Unexpected argument 'loose'"],
    [['--root'], "Option '--root <value>' argument missing"],
    [['--root', 'loras'], '--root loras: expected <type>=<folder>'],
    [['--root', 'loras='], '--root loras=: expected <type>=<folder>'],
    [['--root', 'vae=.'], '--root vae=.: the type is one of loras, checkpoints, unet, embeddings'],
    [['--root', '__proto__=.'], '--root __proto__=.: the type is one of loras, checkpoints, unet, embeddings'],
    [['--root', 'loras=/no/such/place'], '--root loras=/no/such/place: there is no such folder'],
    [['--framework', 'hapi'], '--framework hapi: expected one of express, fastify, koa'],
    [['--port', 'many'], '--port many: expected a number from 0 to 65535'],
    [['--port', '65536'], '--port 65536: expected a number from 0 to 65535'],
    [['--port', '1.5'], '--port 1.5: expected a number from 0 to 65535'],
    [['--port='], '--port : expected a number from 0 to 65535'],
    [['--host', ''], '--host : expected an address or a host name'],
    [['--host', 'http://x/'], '--host http://x/: expected an address or a host name'],
    [['--settings', '/no/such.json'], '--settings /no/such.json: there is no such file'],
    [['--civitai-url', 'mirror'], '--civitai-url mirror: expected an origin such as https://mirror.example'],
    [
      ['--civitai-url', 'ftp://mirror'],
      '--civitai-url ftp://mirror: expected an origin such as https://mirror.example',
    ],
    [
      ['--civarchive-url', 'https://a/b'],
      '--civarchive-url https://a/b: expected an origin such as https://mirror.example',
    ],
    [
      ['--huggingface-url', 'https://u:p@a'],
      '--huggingface-url https://u:p@a: expected an origin such as https://mirror.example',
    ],
  ])('%j are refused in one line', async (args, message) => {
    const refused = parseOptions(args);
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(message) });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('\n') });
  });

  it.each(['broken.json', 'list.json'])('refuse the settings file %s', async (file) => {
    const refused = parseOptions(['--settings', join(folder, file)]);
    await expect(refused).rejects.toThrow('the file is not a JSON object');
  });

  it('refuse a file as a root, and as the data folder', async () => {
    const file = join(folder, 'none.json');
    await expect(parseOptions(['--root', `loras=${file}`])).rejects.toThrow('there is no such folder');
    await expect(parseOptions(['--data-dir', file])).rejects.toThrow('expected a folder');
  });
});
