import { appendFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import { open as openFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openDigestRecords } from '../../src/disk/file-digest-records.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import type { KnownDigest } from '../../src/ports/digest-records.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { FileSignature } from '../../src/shapes/scan.js';
import { put, tempFolder } from './temp-library.js';

const appended = vi.hoisted(() => ({ now: (): void => undefined }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fsPromises>();
  const copyFile: typeof real.copyFile = async (...args) => {
    appended.now();
    appended.now = () => undefined;
    await real.copyFile(...args);
  };
  return { ...real, copyFile };
});

// A time that tells nothing: several paths share it here.
const file: FileSignature = { size: 5, mtimeMs: 1234, ino: 9 };
const telling: FileSignature = { ...file, mtimeMs: 1234.5678 };
const digest = (n: number): string => n.toString(16).padStart(64, '0');
const known = (n: number): KnownDigest => ({ sha256: digest(n) });
const HEADER = '{"format":"modelshelf-digests","version":1}\n';

function logOf(dataDir: string): string {
  return readFileSync(join(dataDir, 'records/digests.ndjson'), 'utf8');
}

describe.each([
  ['in a file', async () => openDigestRecords(tempFolder())],
  ['in memory', async () => memoryDigestRecords()],
])('digest records %s', (_, open) => {
  test('P-1: answer for the very file only: path, size, time and inode', async () => {
    const records = await open();
    await records.keep('/m/a', file, known(1));
    expect(records.find('/m/a', file)).toEqual(known(1));
    expect(records.find('/m/b', file)).toBeUndefined();
    expect(records.find('/m/a', { ...file, size: 6 })).toBeUndefined();
    expect(records.find('/m/a', { ...file, mtimeMs: 1234.5679 })).toBeUndefined();
    expect(records.find('/m/a', { ...file, ino: 10 })).toBeUndefined();
    await records.keep('/m/a', { ...file, size: 6 }, known(2));
    expect(records.find('/m/a', file)).toBeUndefined();
    await records.close();
  });

  test('P-1: under another path a time that is not telling, no inode, or two digests answer nothing', async () => {
    const records = await open();
    for (const odd of [{ mtimeMs: 1234 }, { ino: 0 }]) {
      await records.keep('/m/a', { ...telling, ...odd }, known(1));
      expect(records.find('/m/a', { ...telling, ...odd })).toEqual(known(1));
      expect(records.find('/m/b', { ...telling, ...odd })).toBeUndefined();
    }
    await records.keep('/m/a', telling, known(1));
    await records.keep('/m/b', telling, known(2));
    expect(records.find('/m/c', telling)).toBeUndefined();
    await records.close();
  });

  test('a drive that is mounted elsewhere brings its digests along', async () => {
    const records = await open();
    await records.keep('/mnt/old/a', telling, known(1));
    expect(records.find('/mnt/new/a', telling)).toEqual(known(1));
    await records.keep('/mnt/old/a', { ...telling, size: 6 }, known(2));
    expect(records.find('/mnt/new/a', telling)).toBeUndefined();
    expect(records.find('/mnt/new/a', { ...telling, size: 6 })).toEqual(known(2));
    await records.close();
  });
});

describe('the file', () => {
  test('survives a restart, whatever the path is called', async () => {
    const dataDir = tempFolder();
    const paths = ['/m/a\nb', '/m/"', '/m/\u{1f5a4}', '/m/__proto__'];
    const first = await openDigestRecords(dataDir);
    await Promise.all(paths.map((path, i) => first.keep(path, file, known(i))));
    await first.close();
    await first.close();
    await expect(first.keep('/m/a', file, known(1))).rejects.toThrow();
    const second = await openDigestRecords(dataDir);
    expect(paths.map((path) => second.find(path, file))).toEqual(paths.map((_, i) => known(i)));
    await second.close();
    expect(logOf(dataDir).startsWith(HEADER)).toBe(true);
  });

  test('what was kept is on its way to disk when `keep` resolves', async () => {
    const dataDir = tempFolder();
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, known(1));
    expect(logOf(dataDir)).toContain(digest(1));
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => records.keep(`/m/${String(i)}`, file, known(i))));
    expect(logOf(dataDir).split('\n')).toHaveLength(1 + 1 + 5_000 + 1);
    await records.close();
  });

  test.each([1, 10, 60, 150])('a torn tail of %i bytes is stepped over, and the file goes on', async (kept) => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    await first.keep('/m/a', file, known(1));
    await first.close();
    appendFileSync(
      join(dataDir, 'records/digests.ndjson'),
      JSON.stringify({ path: '/m/torn', ...file, sha256: digest(7) }).slice(0, kept),
    );
    const second = await openDigestRecords(dataDir);
    expect(second.find('/m/a', file)).toEqual(known(1));
    expect(second.find('/m/torn', file)).toBeUndefined();
    await second.keep('/m/b', file, known(2));
    await second.close();
    const third = await openDigestRecords(dataDir);
    expect([third.find('/m/a', file), third.find('/m/b', file)]).toEqual([known(1), known(2)]);
    await third.close();
    expect(readdirSync(join(dataDir, 'records'))).toEqual(['digests.ndjson']);
  });

  test.each(['', HEADER.slice(0, 10), HEADER])('a start that was interrupted (%j) goes on', async (content) => {
    const dataDir = tempFolder();
    put(dataDir, 'records/digests.ndjson', content);
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, known(1));
    await records.close();
    expect(logOf(dataDir).startsWith(HEADER)).toBe(true);
    expect(readdirSync(join(dataDir, 'records'))).toEqual(['digests.ndjson']);
  });

  test.each([
    ['another format', '{"format":"other","version":1}\n'],
    ['a newer version', '{"format":"modelshelf-digests","version":2}\n'],
    ['text', 'my notes\n'],
    ['bytes', Buffer.alloc(300_000, 0xff)],
  ])('%s is set aside, never discarded', async (_, content) => {
    const dataDir = tempFolder();
    put(dataDir, 'records/digests.ndjson', content);
    const warn = vi.fn();
    const records = await openDigestRecords(dataDir, { ...silentLogger, warn }, { now: () => 42 });
    await records.keep('/m/a', file, known(1));
    await records.close();
    expect(readdirSync(join(dataDir, 'records')).sort()).toEqual(['digests.ndjson', 'digests.ndjson.unreadable-42']);
    const aside = readFileSync(join(dataDir, 'records/digests.ndjson.unreadable-42'));
    expect(aside.equals(Buffer.from(content))).toBe(true);
    expect(warn).toHaveBeenCalledOnce();
    const again = await openDigestRecords(dataDir);
    expect(again.find('/m/a', file)).toEqual(known(1));
    await again.close();
  });

  test('lines that say nothing are stepped over', async () => {
    const dataDir = tempFolder();
    const line = JSON.stringify({ path: '/m/a', ...file, sha256: digest(1) });
    put(dataDir, 'records/digests.ndjson', `${HEADER}rubbish\n{"path":5}\n${line}\n`);
    const records = await openDigestRecords(dataDir);
    expect(records.find('/m/a', file)).toEqual(known(1));
    await records.close();
  });

  test('is written anew when more than half is superseded, and the former one is kept', async () => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await first.keep('/m/a', file, known(i));
    await first.keep('/m/b', file, known(9));
    await first.close();
    const former = logOf(dataDir);
    const second = await openDigestRecords(dataDir);
    expect([second.find('/m/a', file), second.find('/m/b', file)]).toEqual([known(4), known(9)]);
    await second.keep('/m/c', file, known(3));
    await second.close();
    expect(logOf(dataDir).trim().split('\n')).toHaveLength(4);
    expect(readFileSync(join(dataDir, 'records/digests.ndjson.bak'), 'utf8')).toBe(former);
    expect(readdirSync(join(dataDir, 'records')).sort()).toEqual(['digests.ndjson', 'digests.ndjson.bak']);
  });

  test('a compaction that fails leaves everything as it is', async () => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await first.keep('/m/a', file, known(i));
    await first.close();
    // A folder in the place of the backup makes the copy fail.
    mkdirSync(join(dataDir, 'records/digests.ndjson.bak'));
    const former = logOf(dataDir);
    const warn = vi.fn();
    const second = await openDigestRecords(dataDir, { ...silentLogger, warn });
    expect(warn).toHaveBeenCalledOnce();
    expect(logOf(dataDir)).toBe(former);
    await second.keep('/m/b', file, known(1));
    await second.close();
    expect(logOf(dataDir).startsWith(former)).toBe(true);
  });

  test('two processes: nothing kept is lost when the other one writes the file anew', async () => {
    const dataDir = tempFolder();
    const former = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await former.keep('/m/old', file, known(i));
    await former.close();
    const lines = logOf(dataDir);
    // The same lines twice, so that each of two openings has something to compact.
    const first = await openDigestRecords(dataDir);
    await first.keep('/m/before', file, known(6));
    put(dataDir, 'records/digests.ndjson.new', lines);
    renameSync(join(dataDir, 'records/digests.ndjson.new'), join(dataDir, 'records/digests.ndjson'));
    const second = await openDigestRecords(dataDir);
    await second.keep('/m/second', file, known(7));
    await first.keep('/m/after', file, known(8));
    await second.keep('/m/second2', file, known(9));
    await Promise.all([first.close(), second.close()]);
    const third = await openDigestRecords(dataDir);
    const names = ['old', 'before', 'second', 'after', 'second2'];
    expect(names.map((name) => third.find(`/m/${name}`, file))).toEqual([4, 6, 7, 8, 9].map(known));
    await third.close();
  });

  test('two processes: what was kept before the other one wrote the file anew is there after closing', async () => {
    const dataDir = tempFolder();
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, known(1));
    put(dataDir, 'records/digests.ndjson.new', HEADER);
    renameSync(join(dataDir, 'records/digests.ndjson.new'), join(dataDir, 'records/digests.ndjson'));
    await records.close();
    expect(logOf(dataDir)).toContain(digest(1));
  });

  test('two processes: an opening cuts nothing off that the other one is writing', async () => {
    const dataDir = tempFolder();
    const path = join(dataDir, 'records/digests.ndjson');
    const half = JSON.stringify({ path: '/m/a', ...file, sha256: digest(1) });
    put(dataDir, 'records/digests.ndjson', HEADER + half);
    const records = await openDigestRecords(dataDir);
    appendFileSync(path, '\n');
    await records.keep('/m/b', file, known(2));
    await records.close();
    const again = await openDigestRecords(dataDir);
    expect([again.find('/m/a', file), again.find('/m/b', file)]).toEqual([known(1), known(2)]);
    await again.close();
  });

  test('rows that come in while the file is written anew are taken along', async () => {
    const dataDir = tempFolder();
    const path = join(dataDir, 'records/digests.ndjson');
    const first = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await first.keep('/m/a', file, known(i));
    await first.close();
    const late = `${JSON.stringify({ path: '/m/late', ...file, sha256: digest(9) })}\n`;
    appended.now = () => appendFileSync(path, late);
    const second = await openDigestRecords(dataDir);
    expect(logOf(dataDir).trim().split('\n')).toHaveLength(3);
    expect([second.find('/m/a', file), second.find('/m/late', file)]).toEqual([known(4), known(9)]);
    await second.close();
  });

  test('a write that fails half-way spoils nothing that comes after it', async () => {
    const dataDir = tempFolder();
    const path = join(dataDir, 'records/digests.ndjson');
    const records = await openDigestRecords(dataDir);
    const probe = await openFile(path);
    const handles: unknown = Object.getPrototypeOf(probe);
    await probe.close();
    const failing = vi.spyOn(handles as FileHandle, 'appendFile').mockImplementationOnce(async () => {
      // The other process does not know of the half line, and begins one of its own.
      appendFileSync(path, `{"path":"/m/to\n${JSON.stringify({ path: '/m/other', ...file, sha256: digest(3) })}\n{`);
      throw new Error('no space left');
    });
    await expect(records.keep('/m/torn', file, known(1))).rejects.toThrow('no space left');
    await records.keep('/m/b', file, known(2));
    failing.mockRestore();
    await records.close();
    const again = await openDigestRecords(dataDir);
    expect([again.find('/m/b', file), again.find('/m/other', file)]).toEqual([known(2), known(3)]);
    await again.close();
  });

  test('a folder that is gone when the records are closed stays away', async () => {
    const dataDir = tempFolder();
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, known(1));
    rmSync(join(dataDir, 'records'), { recursive: true });
    await records.close();
    expect(readdirSync(dataDir)).toEqual([]);
  });

  test('a data folder that cannot be made rejects', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), 'x');
    await expect(openDigestRecords(join(folder, 'file'))).rejects.toThrow();
  });
});
