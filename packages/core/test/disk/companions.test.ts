import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { companionsOf, companionTarget } from '../../src/disk/companions.js';
import { nameOf } from '../../src/disk/normalise-path.js';
import { nodeFileOperations } from '../../src/ports/file-operations.js';
import { put, tempFolder } from './temp-library.js';

const modelExtensions = new Set(['.safetensors', '.ckpt', '.pt']);

async function companionsIn(folder: string, model: string, previewUrl?: string) {
  const found = await companionsOf(join(folder, model), { modelExtensions, files: nodeFileOperations, previewUrl });
  return { ...found, names: found.files.map(nameOf) };
}

const BESIDE = [
  '.avi',
  '.civitai.info',
  '.cm-info.json',
  '.example.0.jpeg',
  '.json',
  '.metadata.json',
  '.metadata.json.bak',
  '.mov',
  '.preview.PNG',
  '.swarm.json',
  '.txt',
  '.webp',
  '.yaml',
  '.yml',
];

it('finds the sidecar, its backup, every preview and the files of other tools', async () => {
  const folder = tempFolder();
  put(folder, 'foo.safetensors');
  for (const suffix of BESIDE) put(folder, `foo${suffix}`, 'x');
  symlinkSync('foo.webp', join(folder, 'foo.jpg'));
  mkdirSync(join(folder, 'foo.png'));
  const { names, sidecar, previews, sharedWith } = await companionsIn(folder, 'foo.safetensors');
  expect(names).toEqual([...BESIDE, '.jpg'].map((suffix) => `foo${suffix}`).sort());
  expect(sidecar).toBe(join(folder, 'foo.metadata.json'));
  const previewSuffixes = ['.avi', '.example.0.jpeg', '.jpg', '.mov', '.preview.PNG', '.webp'];
  expect(previews.map(nameOf)).toEqual(previewSuffixes.map((suffix) => `foo${suffix}`));
  expect(sharedWith).toEqual([]);
});

it('W-W13: a model file is never a companion, and neither is what belongs to another model, however their names begin', async () => {
  const folder = tempFolder();
  const others = [
    'foo.ckpt',
    'foo.v2.safetensors',
    'foo.v2.metadata.json',
    'foo.v2.png',
    'foo.preview.pt',
    'foo.preview.jpg',
  ];
  for (const name of ['foo.safetensors', 'foo.metadata.json', ...others, 'foobar.png', 'foo.backup.zip'])
    put(folder, name);
  expect((await companionsIn(folder, 'foo.safetensors')).names).toEqual(['foo.metadata.json']);
  expect((await companionsIn(folder, 'foo.v2.safetensors')).names).toEqual(['foo.v2.metadata.json', 'foo.v2.png']);
  expect((await companionsIn(folder, 'foo.preview.pt')).names).toEqual(['foo.preview.jpg']);
  put(folder, 'foo.metadata.pt');
  expect((await companionsIn(folder, 'foo.safetensors')).sidecar).toBe(join(folder, 'foo.metadata.json'));
});

it('W-W15: models that share a stem in a folder are told', async () => {
  const folder = tempFolder();
  for (const name of ['foo.safetensors', 'foo.ckpt', 'foo.metadata.json', 'foo.v2.ckpt']) put(folder, name);
  const { names, sharedWith } = await companionsIn(folder, 'foo.safetensors');
  expect(names).toEqual(['foo.metadata.json']);
  expect(sharedWith).toEqual([join(folder, 'foo.ckpt')]);
  expect((await companionsIn(folder, 'foo.v2.ckpt')).sharedWith).toEqual([]);
});

it('W-W26: a preview counts whatever the case of its suffix, and keeps it; one that only the sidecar names goes along', async () => {
  const folder = tempFolder();
  for (const name of [
    'foo.safetensors',
    'foo.WEBP',
    'foo.Preview.Png',
    'foo.example.0.jpeg',
    'cover.png',
    'bar.ckpt',
    'bar.png',
  ]) {
    put(folder, name);
  }
  const { files, names } = await companionsIn(folder, 'foo.safetensors', join(folder, 'cover.png'));
  expect(names).toEqual(['cover.png', 'foo.Preview.Png', 'foo.WEBP', 'foo.example.0.jpeg']);
  const targets = files.map((path) =>
    companionTarget(path, join(folder, 'foo.safetensors'), '/other/new.v1.safetensors'),
  );
  expect(targets).toEqual([
    '/other/new.v1.cover.png',
    '/other/new.v1.Preview.Png',
    '/other/new.v1.WEBP',
    '/other/new.v1.example.0.jpeg',
  ]);
  // Neither another model's image, nor one elsewhere, nor what is no image.
  for (const named of [join(folder, 'bar.png'), '/elsewhere/cover.png', join(folder, 'bar.ckpt'), '']) {
    expect((await companionsIn(folder, 'foo.safetensors', named)).names).not.toContain(nameOf(named));
  }
});

it('keeps the whole compound suffix of a companion', () => {
  expect(companionTarget('/a/x.v1.metadata.json.bak', '/a/x.v1.pt', '/b/y.pt')).toBe('/b/y.metadata.json.bak');
  expect(companionTarget('/a/x.civitai.info', '/a/x.pt', '/a/x.v2.pt')).toBe('/a/x.v2.civitai.info');
});
