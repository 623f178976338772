import { expect, test } from 'vitest';
import {
  FolderNames,
  PREVIEW_EXTENSIONS,
  PREVIEW_SUFFIXES,
  discoverPreview,
} from '../../src/disk/preview-discovery.js';

test('the order of suffixes decides', () => {
  const names = new FolderNames([]);
  for (const suffix of [...PREVIEW_SUFFIXES].reverse()) {
    names.add(`ink${suffix}`);
    expect(discoverPreview('ink', names)).toBe(`ink${suffix}`);
  }
});

test('exact case goes before another case for the whole list', () => {
  expect(discoverPreview('Ink', new FolderNames(['ink.WEBP', 'Ink.jpg']))).toBe('Ink.jpg');
  expect(discoverPreview('Ink', new FolderNames(['INK.PNG', 'ink.Preview.Png']))).toBe('ink.Preview.Png');
});

test('other stems and other files are no previews', () => {
  const names = new FolderNames(['ink2.webp', 'ink.txt', 'ink.metadata.json', 'ink.safetensors']);
  expect(discoverPreview('ink', names)).toBeUndefined();
});

test('R-W3: weights, texts and sidecars have no preview extension', () => {
  expect([...PREVIEW_EXTENSIONS].sort()).toEqual(
    ['.avif', '.gif', '.jpeg', '.jpg', '.jxl', '.mp4', '.png', '.webm', '.webp'].sort(),
  );
});
