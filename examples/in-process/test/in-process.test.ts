import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFetchHandler } from '@modelshelf/core/fetch';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { openUpscalers } from '../src/add-a-model-type.js';
import { openWithSizes } from '../src/add-a-route.js';
import { countUses } from '../src/keep-up.js';
import { printLoras } from '../src/main.js';
import { tidyUp } from '../src/tidy-up.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'modelshelf-in-process-'));
  await writeFile(join(folder, 'Ink wash.safetensors'), 'not really');
  await writeFile(join(folder, 'Other.safetensors'), 'not really');
  return () => rm(folder, { recursive: true, force: true });
});

it('prints what a script asked for', async () => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  onTestFinished(() => void vi.unstubAllEnvs());
  const lines: string[] = [];
  await printLoras(folder, 'ink', (line) => lines.push(line));
  expect(lines.slice(-2)).toEqual(['1 of 2 models', 'Ink wash (Unknown) ']);
  expect(lines.some((line) => line.startsWith('100 % Completed!'))).toBe(true);
});

it('counts uses, over a restart too', async () => {
  await writeFile(join(folder, 'Other.safetensors'), 'something else');
  const data = await mkdtemp(join(tmpdir(), 'modelshelf-in-process-data-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const lines: string[] = [];
  await countUses(folder, data, ['Ink wash', 'Other'], (line) => lines.push(line));
  await countUses(folder, data, ['Ink wash'], (line) => lines.push(line));
  expect(lines).toContain('loras changed');
  expect(lines.slice(-2)).toEqual(['Ink wash: 2', 'Other: 1']);
});

it('tags and files models and takes it back, deletes one and brings it back', async () => {
  const data = await mkdtemp(join(tmpdir(), 'modelshelf-in-process-data-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const [ink, other] = [join(folder, 'Ink wash.safetensors'), join(folder, 'Other.safetensors')];
  const lines: string[] = [];
  await tidyUp(folder, data, other, (line) => lines.push(line));
  expect([...lines.slice(0, 2).sort(), ...lines.slice(2)]).toEqual([
    `${ink} -> ${join(folder, 'SDXL 1.0', 'style', 'Ink wash.safetensors')}`,
    `${other} -> ${join(folder, 'Unknown', 'no tags', 'Other.safetensors')}`,
    '2 models are back where they were',
    '1 deletion in the trash, 10 bytes',
  ]);
  expect(await readFile(ink, 'utf8')).toBe('not really');
  expect(await readFile(other, 'utf8')).toBe('not really');
  expect(JSON.parse(await readFile(join(folder, 'Ink wash.metadata.json'), 'utf8'))).toMatchObject({ tags: ['style'] });
  await expect(stat(join(folder, 'SDXL 1.0'))).rejects.toThrow('ENOENT');
});

it('gives a model type of its own every route', async () => {
  const library = openUpscalers(folder, join(folder, 'data'));
  onTestFinished(() => library.close());
  await library.ready;
  expect((await library.model('upscalers').getModels()).total).toBe(2);
  const response = await toFetchHandler(library)(new Request('http://localhost/api/lm/upscalers/folders'));
  expect(await response.json()).toEqual({ success: true, folders: [''] });
  // Before the folder goes: the index is written until then.
  await library.close();
});

it('answers a route of its own', async () => {
  const library = openWithSizes(folder, join(folder, 'data'));
  onTestFinished(() => library.close());
  await library.ready;
  const response = await toFetchHandler(library)(new Request('http://localhost/api/lm/loras/size/Unknown'));
  expect(await response.json()).toEqual({ bytes: 20 });
  await library.close();
});
