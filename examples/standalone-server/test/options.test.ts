import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseOptions } from '../src/options.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelshelf=options-'));
  await writeFile(join(folder, 'none.json'), '{"language": "de"}');
  await writeFile(join(folder, 'roots.json'), JSON.stringify({ folder_paths: { loras: [folder], other: ['/none'] } }));
  await writeFile(join(folder, 'single.json'), JSON.stringify({ folder_paths: { loras: folder } }));
  await writeFile(join(folder, 'gone.json'), JSON.stringify({ folder_paths: { unet: [folder, '/no/such/place'] } }));
  await writeFile(join(folder, 'extra.json'), JSON.stringify({ extra_folder_paths: { loras: ['/no/such/place'] } }));
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
    expect(await hasRoots('single.json')).toBe(true);
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

  it.each([
    ['gone.json', 'folder_paths.unet: there is no such folder: /no/such/place'],
    ['extra.json', 'extra_folder_paths.loras: there is no such folder: /no/such/place'],
  ])('refuse missing folders of %s', async (file, message) => {
    const refused = parseOptions(['--settings', join(folder, file)]);
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining(message) });
  });

  it('do not look at folders of the settings that --root replaces', async () => {
    const args = ['--root', `loras=${folder}`, '--settings', join(folder, 'gone.json')];
    expect(await parseOptions(args)).toMatchObject({ roots: { loras: [folder] }, hasSettingsRoots: true });
  });

  it('expand the home folder, which shells leave alone behind a =', async () => {
    expect((await parseOptions(['--root', 'loras=~', '--root', 'unet=~/'])).roots).toMatchObject({
      loras: [homedir()],
      unet: [homedir()],
    });
    await expect(parseOptions(['--root', 'loras=~/no such place'])).rejects.toThrow('there is no such folder');
  });

  it.each([
    ['--help', '--port', 'x'],
    ['--nonsense', '-h'],
    ['--root', '--help'],
  ])('%s %s give help', async (...args) => {
    expect(await parseOptions(args)).toMatchObject({ help: true });
  });

  it('refuse a data folder below a file', async () => {
    const refused = parseOptions(['--data-dir', join(folder, 'none.json', 'data')]);
    await expect(refused).rejects.toMatchObject({ name: 'UsageError', message: expect.stringContaining('(ENOTDIR)') });
  });

  // Root may write everywhere.
  it.skipIf(process.getuid === undefined || process.getuid() === 0)('refuse a read-only data folder', async () => {
    const locked = join(folder, 'locked');
    await mkdir(locked);
    await chmod(locked, 0o500);
    await expect(parseOptions(['--data-dir', locked])).rejects.toThrow('(EACCES)');
    await expect(parseOptions(['--data-dir', join(locked, 'new')])).rejects.toThrow('(EACCES)');
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
