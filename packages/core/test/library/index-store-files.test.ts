import { chmod, mkdir, open as openFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelLibrary } from '../../src/index.js';
import { safetensors, sidecar } from './temp-library.js';
import { age, heard, isDeep, pathsOf, standingFolder } from './standing-folder.js';

const ROWS = 40;

async function keptModels(rows = ROWS) {
  const standing = await standingFolder();
  const files: Record<string, string | Buffer> = {};
  for (let n = 0; n < rows; n++) {
    files[`loras/m${String(n)}.safetensors`] = safetensors({ n: String(n) });
    files[`loras/m${String(n)}.metadata.json`] = sidecar({ notes: `n${String(n)}` });
  }
  await standing.write(files);
  await age(...Object.keys(files).map((name) => standing.at(name)));
  const library = standing.open({ digests: false });
  await library.ready;
  await library.close();
  const indexFolder = standing.at('data/index');
  const snapshot = (await readdir(indexFolder)).find((name) => name.startsWith('lora-') && !name.includes('changes'));
  return { ...standing, indexFolder, snapshot: join(indexFolder, snapshot ?? '') };
}

const everything = (at: (path: string) => string): string[] =>
  Array.from({ length: ROWS }, (_, n) => at(`loras/m${String(n)}.safetensors`)).sort();

/** What a library lists once it has compared its rows with the disk. */
async function afterScan(library: ModelLibrary): Promise<string[]> {
  await library.ready;
  await library.loras.scanModels();
  return pathsOf(library);
}

describe('files of the index store that are damaged', () => {
  const damages: readonly (readonly [string, 'told' | 'silent', (path: string) => Promise<unknown>])[] = [
    ['rows that are garbage', 'told', (path) => overwrite(path, '{"no row": ')],
    ['a snapshot that was cut off', 'told', async (path) => truncate(path, Math.floor((await stat(path)).size * 0.6))],
    ['an empty file', 'silent', (path) => writeFile(path, '')],
    ['a file of another program', 'silent', (path) => writeFile(path, 'SQLite format 3\0 and more\n')],
    ['JSON of another program', 'silent', (path) => writeFile(path, '{"format":"other"}\n{"a":1}\n')],
    ['bytes without a line end', 'silent', (path) => writeFile(path, Buffer.alloc(3 * 1024 * 1024, 0xff))],
    ['a folder', 'silent', async (path) => rm(path).then(() => mkdir(path))],
  ];

  it.each(damages)(
    '%s: the library starts, and lists everything after its scan and after the next start',
    async (_, health, damage) => {
      const { open, at, snapshot } = await keptModels();
      await damage(snapshot);
      const library = open({ digests: false });
      const told = heard(library, 'index_health');
      expect(await afterScan(library)).toEqual(everything(at));
      expect(told.map(({ pageType }) => pageType)).toEqual(health === 'told' ? ['loras'] : []);
      for (const { details } of told) {
        expect(details.invalid).toBeGreaterThan(0);
        expect(details.total).toBeGreaterThanOrEqual(ROWS);
      }
      await library.close();
      const next = open({ digests: false });
      const nextTold = heard(next, 'index_health');
      expect(await afterScan(next)).toEqual(everything(at));
      expect(nextTold).toEqual([]);
    },
  );

  it('changes that are garbage: the snapshot is used, and the scan finds the rest', async () => {
    const { open, at, write, indexFolder } = await keptModels();
    const library = open({ digests: false });
    await library.ready;
    // The comparison that the start began may have passed the folder already.
    await library.loras.scanModels();
    await write({ 'loras/late.safetensors': safetensors() });
    await library.loras.scanModels();
    await library.close();
    const changes = (await readdir(indexFolder)).filter((name) => name.startsWith('lora-') && name.includes('changes'));
    expect(changes).toHaveLength(1);
    for (const name of changes) await writeFile(join(indexFolder, name), '\0\u0001 not ours \n[1,2');
    const next = open({ digests: false });
    expect(await afterScan(next)).toEqual([...everything(at), at('loras/late.safetensors')].sort());
  });

  async function overwrite(path: string, text: string): Promise<void> {
    const file = await openFile(path, 'r+');
    const { size } = await file.stat();
    await file.write(`\n${text}\n`, Math.floor(size * 0.7));
    await file.close();
  }
});

describe('without a place for the index', () => {
  it('index: false scans at every start and writes no index', async () => {
    const { open, at, indexFolder } = await keptModels();
    await rm(indexFolder, { recursive: true });
    const library = open({ digests: false, index: false });
    const scans = heard(library, 'scan');
    await library.ready;
    expect(await pathsOf(library)).toEqual(everything(at));
    expect(scans.filter(({ pageType }) => pageType === 'loras').at(-1)?.details).toBe(
      `Completed! Found ${String(ROWS)} lora files.`,
    );
    await library.close();
    await expect(readdir(indexFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    ['cannot be written to', (folder: string) => mkdir(folder, 0o555)],
    ['is a file', (folder: string) => writeFile(folder, '')],
    [
      'has files where its folders belong',
      async (folder: string) => {
        await mkdir(folder);
        for (const name of ['index', 'records']) await writeFile(join(folder, name), 'in the way');
      },
    ],
  ])('a data folder that %s costs what is kept, not the library', async (_, spoil) => {
    const { open, at, write } = await standingFolder({ 'loras/a.safetensors': safetensors() });
    const folder = at('data of its own');
    await spoil(folder);
    const library = open({ dataDir: folder });
    await library.ready;
    await write({ 'loras/b.safetensors': safetensors({ b: '1' }) });
    expect(await afterScan(library)).toEqual([at('loras/a.safetensors'), at('loras/b.safetensors')]);
    await library.close();
    const again = open({ dataDir: folder });
    expect(await afterScan(again)).toHaveLength(2);
    await again.close();
    await chmod(folder, 0o755);
  });
});

describe('what an edit costs', () => {
  it('P-18: one edited sidecar appends as many bytes to the index store with many rows as with few', async () => {
    const appended: number[] = [];
    for (const rows of isDeep ? [100, 20_000] : [50, 1500]) {
      const { open, write, indexFolder } = await keptModels(rows);
      const library = open({ digests: false });
      await library.ready;
      await library.loras.scanModels();
      const before = await sizesIn(indexFolder);
      for (let turn = 0; turn < 3; turn++) {
        await write({ 'loras/m7.metadata.json': sidecar({ notes: `edit ${String(turn)}` }) });
        await library.loras.scanModels();
      }
      // What is told is written behind the answer; closing waits for it.
      await library.close();
      const after = await sizesIn(indexFolder);
      expect(after.snapshots).toEqual(before.snapshots);
      appended.push(after.logBytes - before.logBytes);
    }
    expect(appended[0]).toBeGreaterThan(0);
    expect(Math.max(...appended)).toBeLessThan(3 * 2000);
    expect(Math.abs((appended[0] ?? 0) - (appended[1] ?? 0))).toBeLessThan(400);
  });
});

/** Snapshots with size and inode, because one that was written anew is another file; and the bytes of the logs. */
async function sizesIn(folder: string): Promise<{ snapshots: string[]; logBytes: number }> {
  const found = { snapshots: [] as string[], logBytes: 0 };
  for (const name of (await readdir(folder)).filter((each) => each.startsWith('lora-'))) {
    const { size, ino } = await stat(join(folder, name));
    if (name.includes('changes')) found.logBytes += size;
    else found.snapshots.push(`${name} ${String(size)} ${String(ino)}`);
  }
  return found;
}
