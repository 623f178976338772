import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createDemoLibrary, demoFolder, type DemoRoots } from '../src/demo-library.js';

let parent: string;
let dir: string;
let roots: DemoRoots;
let files: string[];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'modelshelf-demo-test-'));
  dir = join(parent, 'demo');
  roots = await createDemoLibrary(dir);
  files = await filesBelow(dir);
});
afterAll(() => rm(parent, { recursive: true }));

async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort();
}

const withEnding = (ending: string) => files.filter((file) => file.endsWith(ending));

describe('the demo library', () => {
  it.skipIf(process.getuid === undefined)('has a place of its own also for a user without a name', () => {
    const uid = vi.spyOn(process, 'getuid').mockReturnValue(4_000_123);
    expect(demoFolder()).toBe(join(tmpdir(), 'modelshelf-demo-4000123'));
    uid.mockRestore();
  });

  it('has 60 models over three types, in nested folders, with blanks and letters of many languages', () => {
    const models = withEnding('.safetensors');
    expect(models).toHaveLength(60);
    for (const root of Object.values(roots))
      expect(models.filter((file) => file.startsWith(root)).length).toBeGreaterThan(9);
    expect(models.some((file) => file.slice(roots.loras.length + 1).split('/').length > 2)).toBe(true);
    expect(models.some((file) => file.includes(' '))).toBe(true);
    expect(models.some((file) => /[\u3040-\u9fff]/.test(file))).toBe(true);
    expect(models.some((file) => file.includes('É'))).toBe(true);
  });

  it('consists of files that any reader of the format accepts, each with bytes of its own', async () => {
    const digests = new Set<string>();
    for (const file of withEnding('.safetensors')) {
      const bytes = await readFile(file);
      const length = Number(bytes.readBigUInt64LE());
      const { __metadata__: metadata, ...tensors } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
      expect((8 + length) % 8).toBe(0);
      expect(Object.values(metadata).every((value) => typeof value === 'string')).toBe(true);
      let end = 0;
      for (const tensor of Object.values<{ dtype: string; shape: number[]; data_offsets: number[] }>(tensors)) {
        expect(tensor.dtype).toBe('F16');
        expect(tensor.data_offsets).toEqual([end, end + 2 * tensor.shape.reduce((all, it) => all * it, 1)]);
        end = tensor.data_offsets[1] ?? 0;
      }
      expect(bytes.length).toBe(8 + length + end);
      digests.add(createHash('sha256').update(bytes).digest('hex'));
    }
    expect(digests.size).toBe(60);
  });

  it('has sidecars that tell the truth, for most models', async () => {
    const sidecars = withEnding('.metadata.json');
    expect(sidecars.length).toBeGreaterThan(50);
    expect(sidecars.length).toBeLessThan(60);
    for (const file of sidecars) {
      const sidecar = JSON.parse(await readFile(file, 'utf8'));
      const bytes = await readFile(sidecar.file_path);
      expect(sidecar.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      expect(sidecar.size).toBe(bytes.length);
      expect(file).toBe(sidecar.file_path.replace(/\.safetensors$/, '.metadata.json'));
      expect(sidecar.autov3).toBeNull();
      expect(sidecar.modified).toBeLessThan(Date.now() / 1000);
      // Nothing may ask a site about a model that exists nowhere else.
      expect(sidecar.civitai).not.toHaveProperty('id');
      if (sidecar.preview_url !== '') expect(existsSync(sidecar.preview_url)).toBe(true);
    }
  });

  it('has previews that are valid pictures, for most models, and all different', async () => {
    const previews = withEnding('.png');
    expect(previews.length).toBeGreaterThan(45);
    expect(previews.length).toBeLessThan(60);
    const distinct = new Set<string>();
    for (const file of previews) {
      const bytes = await readFile(file);
      const chunks = chunksOf(bytes);
      expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
      const [width, height] = [chunks.get('IHDR')?.readUInt32BE(0) ?? 0, chunks.get('IHDR')?.readUInt32BE(4) ?? 0];
      expect([width, height]).toEqual([320, 448]);
      expect(inflateSync(chunks.get('IDAT') ?? Buffer.alloc(0))).toHaveLength((width + 1) * height);
      distinct.add(createHash('sha256').update(bytes).digest('hex'));
    }
    expect(distinct.size).toBe(previews.length);
  });

  it('is made once', async () => {
    const before = await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs));
    expect(await createDemoLibrary(dir)).toEqual(roots);
    expect(await Promise.all(files.map(async (file) => (await stat(file)).mtimeMs))).toEqual(before);
  });

  it('is made anew when it was not finished', async () => {
    await rm(join(dir, 'complete'));
    await writeFile(join(dir, 'loras', 'half'), '');
    await createDemoLibrary(dir);
    expect(await filesBelow(dir)).toEqual(files);
  });

  it.skipIf(process.platform === 'win32')('is not open to other users of the machine', async () => {
    expect((await stat(dir)).mode & 0o077).toBe(0);
  });
});

function chunksOf(png: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)));
    chunks.set(png.toString('latin1', at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}
