import { expect, test } from 'vitest';
import { extensionOf } from '../../src/disk/normalise-path.js';
import {
  FolderNames,
  PREVIEW_CONTENT_TYPES,
  PREVIEW_SUFFIXES,
  discoverPreview,
  isPreviewName,
} from '../../src/disk/preview-discovery.js';
import { PreviewAssetService } from '../../src/services/preview-assets/preview-asset-service.js';

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
  expect([...PREVIEW_CONTENT_TYPES.keys()].sort()).toEqual(
    ['.avif', '.gif', '.jpeg', '.jpg', '.jxl', '.mp4', '.png', '.webm', '.webp'].sort(),
  );
});

test('whatever is found as a preview is served as one, and nothing else', async () => {
  const service = new PreviewAssetService({ resolveContained: async (path) => path });
  for (const suffix of PREVIEW_SUFFIXES) {
    const path = `/m/ink${suffix.toUpperCase()}`;
    expect(isPreviewName(path)).toBe(true);
    const contentType = PREVIEW_CONTENT_TYPES.get(extensionOf(path));
    expect(contentType).toMatch(/^(image|video)\//);
    await expect(service.locate(path)).resolves.toEqual({ path, contentType });
  }
  for (const path of ['/m/ink.safetensors', '/m/ink.svg', '/m/ink.html', '/m/png', '/m/.png']) {
    expect(isPreviewName(path.slice('/m/'.length))).toBe(false);
    await expect(service.locate(path)).rejects.toMatchObject({ code: 'not_found' });
  }
});
