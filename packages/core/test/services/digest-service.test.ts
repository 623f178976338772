import { describe, expect, it } from 'vitest';
import { DigestService, type Digester, type PendingDigest } from '../../src/services/digests/digest-service.js';
import { silentLogger } from '../../src/ports/logger.js';
import type { DigestRecords } from '../../src/ports/digest-records.js';
import type { DigestProgress } from '../../src/shapes/progress.js';

const file = { size: 10, mtimeMs: 1, ino: 1 };

function setUp(paths: string[], digester: Digester) {
  const pending = new Map(paths.map((path) => [path, { path, file } satisfies PendingDigest]));
  const kept: string[] = [];
  const told: number[] = [];
  const known = new Map<string, string>();
  const progress: DigestProgress[] = [];
  const closing = new AbortController();
  const records: DigestRecords = {
    find: (path) => known.get(path),
    keep: (path) => Promise.resolve(void kept.push(path)),
    close: () => Promise.resolve(),
  };
  const service = new DigestService({
    digester,
    records,
    clock: { now: () => performance.now() },
    logger: silentLogger,
    signal: closing.signal,
    onProgress: (each) => progress.push(each),
  });
  service.addTarget(
    {
      pendingDigests: () => [...pending.values()],
      setDigest: (path) => pending.delete(path),
    },
    () => told.push(pending.size),
  );
  return { service, kept, known, told, progress, closing, pending, records };
}

describe('DigestService', () => {
  it('keeps each digest as a record before it enters the catalog, and ends with a terminal snapshot', async () => {
    const { service, kept, progress, pending } = setUp(['/a', '/b'], {
      sha256: () => Promise.resolve({ sha256: 'x', file }),
    });
    service.wake();
    service.wake();
    await service.idle();
    expect(kept).toEqual(['/a', '/b']);
    expect(pending.size).toBe(0);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_done: 2, files_total: 2, bytes_done: 20 });
    expect(progress.filter(({ status }) => status !== 'running')).toHaveLength(1);
  });

  it('a digest is computed once per file content, and a file that failed is tried again only when it changed', async () => {
    const asked: string[] = [];
    const { service, progress, pending } = setUp(['/bad', '/good'], {
      sha256: (path) => {
        asked.push(path);
        return path === '/bad' ? Promise.reject(new Error('unreadable')) : Promise.resolve({ sha256: 'x', file });
      },
    });
    service.wake();
    await service.idle();
    service.wake();
    await service.idle();
    expect(asked).toEqual(['/bad', '/good']);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_failed: 1 });
    pending.set('/bad', { path: '/bad', file: { ...file, mtimeMs: 2 } });
    service.wake();
    await service.idle();
    expect(asked).toEqual(['/bad', '/good', '/bad']);
  });

  it('reads no file whose digest the records have by now', async () => {
    const { service, known, told } = setUp(['/a'], { sha256: () => Promise.reject(new Error('read')) });
    known.set('/a', 'x');
    service.wake();
    await service.idle();
    expect(told).toEqual([0]);
  });

  it('enters a digest that cannot be kept', async () => {
    const { service, records, pending } = setUp(['/a'], { sha256: () => Promise.resolve({ sha256: 'x', file }) });
    records.keep = () => Promise.reject(new Error('no space left'));
    service.wake();
    await service.idle();
    expect(pending.size).toBe(0);
  });

  it('stops when the library closes and says so', async () => {
    const { service, progress, closing } = setUp(['/a', '/b'], {
      sha256: (_path, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    });
    service.wake();
    closing.abort();
    await service.idle();
    expect(progress.at(-1)).toMatchObject({ status: 'cancelled', files_done: 0, files_failed: 0 });
  });
});
