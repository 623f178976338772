import { appendFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openDigestRecords } from '../../src/disk/file-digest-records.js';
import { memoryDigestRecords } from '../../src/disk/memory-digest-records.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { FileSignature } from '../../src/shapes/scan.js';
import { put, tempFolder } from './temp-library.js';

const file: FileSignature = { size: 5, mtimeMs: 1234.5678, ino: 9 };
const digest = (n: number): string => n.toString(16).padStart(64, '0');
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
    await records.keep('/m/a', file, digest(1));
    expect(records.find('/m/a', file)).toBe(digest(1));
    expect(records.find('/m/b', file)).toBeUndefined();
    expect(records.find('/m/a', { ...file, size: 6 })).toBeUndefined();
    expect(records.find('/m/a', { ...file, mtimeMs: 1234.5679 })).toBeUndefined();
    expect(records.find('/m/a', { ...file, ino: 10 })).toBeUndefined();
    await records.keep('/m/a', { ...file, size: 6 }, digest(2));
    expect(records.find('/m/a', file)).toBeUndefined();
    await records.close();
  });
});

describe('the file', () => {
  test('survives a restart, whatever the path is called', async () => {
    const dataDir = tempFolder();
    const paths = ['/m/a\nb', '/m/"', '/m/\u{1f5a4}', '/m/__proto__'];
    const first = await openDigestRecords(dataDir);
    await Promise.all(paths.map((path, i) => first.keep(path, file, digest(i))));
    await first.close();
    await first.close();
    await expect(first.keep('/m/a', file, digest(1))).rejects.toThrow();
    const second = await openDigestRecords(dataDir);
    expect(paths.map((path) => second.find(path, file))).toEqual(paths.map((_, i) => digest(i)));
    await second.close();
    expect(logOf(dataDir).startsWith(HEADER)).toBe(true);
  });

  test('what was kept is on its way to disk when `keep` resolves', async () => {
    const dataDir = tempFolder();
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, digest(1));
    expect(logOf(dataDir)).toContain(digest(1));
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => records.keep(`/m/${String(i)}`, file, digest(i))));
    expect(logOf(dataDir).split('\n')).toHaveLength(1 + 1 + 5_000 + 1);
    await records.close();
  });

  test.each([1, 10, 60, 150])('a torn tail of %i bytes is cut off, and the file goes on', async (kept) => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    await first.keep('/m/a', file, digest(1));
    await first.close();
    appendFileSync(
      join(dataDir, 'records/digests.ndjson'),
      JSON.stringify({ path: '/m/torn', ...file, sha256: digest(7) }).slice(0, kept),
    );
    const second = await openDigestRecords(dataDir);
    expect(second.find('/m/a', file)).toBe(digest(1));
    expect(second.find('/m/torn', file)).toBeUndefined();
    await second.keep('/m/b', file, digest(2));
    await second.close();
    const third = await openDigestRecords(dataDir);
    expect([third.find('/m/a', file), third.find('/m/b', file)]).toEqual([digest(1), digest(2)]);
    await third.close();
    expect(readdirSync(join(dataDir, 'records'))).toEqual(['digests.ndjson']);
  });

  test.each(['', HEADER.slice(0, 10), HEADER])('a start that was interrupted (%j) goes on', async (content) => {
    const dataDir = tempFolder();
    put(dataDir, 'records/digests.ndjson', content);
    const records = await openDigestRecords(dataDir);
    await records.keep('/m/a', file, digest(1));
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
    await records.keep('/m/a', file, digest(1));
    await records.close();
    expect(readdirSync(join(dataDir, 'records')).sort()).toEqual(['digests.ndjson', 'digests.ndjson.unreadable-42']);
    const aside = readFileSync(join(dataDir, 'records/digests.ndjson.unreadable-42'));
    expect(aside.equals(Buffer.from(content))).toBe(true);
    expect(warn).toHaveBeenCalledOnce();
    const again = await openDigestRecords(dataDir);
    expect(again.find('/m/a', file)).toBe(digest(1));
    await again.close();
  });

  test('lines that say nothing are stepped over', async () => {
    const dataDir = tempFolder();
    const line = JSON.stringify({ path: '/m/a', ...file, sha256: digest(1) });
    put(dataDir, 'records/digests.ndjson', `${HEADER}rubbish\n{"path":5}\n${line}\n`);
    const records = await openDigestRecords(dataDir);
    expect(records.find('/m/a', file)).toBe(digest(1));
    await records.close();
  });

  test('is written anew when more than half is superseded, and the former one is kept', async () => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await first.keep('/m/a', file, digest(i));
    await first.keep('/m/b', file, digest(9));
    await first.close();
    const former = logOf(dataDir);
    const second = await openDigestRecords(dataDir);
    expect([second.find('/m/a', file), second.find('/m/b', file)]).toEqual([digest(4), digest(9)]);
    await second.keep('/m/c', file, digest(3));
    await second.close();
    expect(logOf(dataDir).trim().split('\n')).toHaveLength(4);
    expect(readFileSync(join(dataDir, 'records/digests.ndjson.bak'), 'utf8')).toBe(former);
    expect(readdirSync(join(dataDir, 'records')).sort()).toEqual(['digests.ndjson', 'digests.ndjson.bak']);
  });

  test('a compaction that fails leaves everything as it is', async () => {
    const dataDir = tempFolder();
    const first = await openDigestRecords(dataDir);
    for (let i = 0; i < 5; i++) await first.keep('/m/a', file, digest(i));
    await first.close();
    // A folder in the place of the backup makes the copy fail.
    mkdirSync(join(dataDir, 'records/digests.ndjson.bak'));
    const former = logOf(dataDir);
    const warn = vi.fn();
    const second = await openDigestRecords(dataDir, { ...silentLogger, warn });
    expect(warn).toHaveBeenCalledOnce();
    expect(logOf(dataDir)).toBe(former);
    await second.keep('/m/b', file, digest(1));
    await second.close();
    expect(logOf(dataDir).startsWith(former)).toBe(true);
  });

  test('a data folder that cannot be made rejects', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), 'x');
    await expect(openDigestRecords(join(folder, 'file'))).rejects.toThrow();
  });
});
