import { createHash } from 'node:crypto';
import { appendFileSync, statSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDigesterPool } from '../../../src/disk/digest-pool.js';
import { placeOfFile } from '../../../src/disk/digest-place.js';
import { probeFile } from '../../../src/disk/probe.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { DigestService } from '../../../src/services/digests/digest-service.js';
import type { Digester, PendingDigest } from '../../../src/services/digests/digest-target.js';
import type { DigestProgress } from '../../../src/shapes/progress.js';
import { put, safetensors, tempFolder } from '../../disk/temp-library.js';
import { FakeRecords, FakeTarget, eager, lazy } from './make-digests.js';

const MB = 1024 * 1024;

function pendingOn(path: string, autov3 = false): PendingDigest {
  const { size, mtimeMs, ino } = statSync(path);
  return { path, file: { size, mtimeMs, ino }, autov3 };
}

/** The real service over real threads; readings are counted. */
function open(retryDelays: readonly number[] = []) {
  const pool = createDigesterPool();
  const records = new FakeRecords();
  const progress: DigestProgress[] = [];
  const started: string[] = [];
  const closing = new AbortController();
  const digester: Digester = {
    digest: (path, options) => {
      started.push(path);
      return pool.digest(path, options);
    },
  };
  const service = new DigestService({
    digester,
    placeOf: placeOfFile,
    records,
    clock: { now: () => Date.now() },
    logger: silentLogger,
    signal: closing.signal,
    onProgress: (each) => progress.push(each),
    retryDelays,
  });
  const close = async (): Promise<void> => {
    closing.abort();
    await service.idle();
    await pool.close();
  };
  onTestFinished(close);
  return { service, records, progress, started, close };
}

describe('digests of real files', () => {
  it('P-1: a file that grows while it is hashed has no hash stored, and has one when it stopped growing', async () => {
    const folder = tempFolder();
    const path = put(folder, 'download.safetensors', 'x');
    truncateSync(path, 300 * MB);
    const { service, records, started } = open([100, 200, 400, 800, 1600, 3200]);
    const target = new FakeTarget(pendingOn(path));
    service.addTarget(target, eager);
    service.wake();
    // Until it was begun anew, however long the thread takes to start.
    for (let i = 0; i < 15 || (started.length < 2 && i < 400); i += 1) {
      appendFileSync(path, 'more');
      expect(records.writes).toEqual([]);
      await sleep(20);
    }
    // The scan that sees it whole.
    target.pending.set(path, pendingOn(path));
    await service.idle();
    expect(started.length).toBeGreaterThan(1);
    expect(records.writes).toEqual([path]);
    expect(target.digests.size).toBe(1);
    expect(records.find(path, pendingOn(path).file)).toEqual(target.digests.get(path));
  });

  it('P-5: the event loop goes on while a large file is hashed, with bytes a second and the time left', async () => {
    const path = put(tempFolder(), 'large.ckpt', 'x');
    truncateSync(path, 1200 * MB);
    const { service, progress } = open();
    service.addTarget(new FakeTarget(pendingOn(path)), eager);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    service.wake();
    await service.idle();
    delay.disable();
    // Generous: on a busy machine the loop waits for a core. Hashing on it would hold it for a second and more.
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
    const running = progress.filter(({ status, bytes_per_second }) => status === 'running' && bytes_per_second > 0);
    expect(running.length).toBeGreaterThan(0);
    for (const { bytes_done, bytes_per_second, seconds_left } of running) {
      expect(seconds_left).toBe(Math.ceil((1200 * MB - bytes_done) / bytes_per_second));
    }
    expect(progress.at(-1)).toMatchObject({ status: 'complete', bytes_done: 1200 * MB, seconds_left: 0 });
  });

  it('two paths of one file are read once, with the AutoV3 and the probe of it', async () => {
    const folder = tempFolder();
    const tensors = Buffer.alloc(5 * MB, 3);
    const bytes = safetensors({ w: { dtype: 'U8', shape: [5 * MB], data_offsets: [0, 5 * MB] } }, tensors);
    const path = put(folder, 'a.safetensors', bytes);
    const link = join(folder, 'b.safetensors');
    symlinkSync(path, link);
    const { service, records, started } = open();
    const target = new FakeTarget(pendingOn(path, true), pendingOn(link, true));
    service.addTarget(target, lazy);
    const demands = [path, link, path].map((each) => service.digestOf(target, pendingOn(each, true)));
    const digests = await Promise.all(demands);
    const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');
    const expected = {
      sha256: sha256(bytes),
      autov3: sha256(tensors).slice(0, 12),
      probe: await probeFile(path, bytes.length),
    };
    expect(digests).toEqual([expected, expected, expected]);
    expect(started).toHaveLength(1);
    expect([...records.kept.keys()].sort()).toEqual([path, link].sort());
  });

  it('e3b0c44298fc is never stored as an AutoV3', async () => {
    const path = put(tempFolder(), 'empty.safetensors', safetensors({}));
    const { service, records } = open();
    const target = new FakeTarget(pendingOn(path, true));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(records.kept.get(path)?.digest).not.toHaveProperty('autov3');
    expect(target.digests.size).toBe(1);
  });

  it('what cannot be reached fails with its reason', async () => {
    const folder = tempFolder();
    const { service } = open();
    const target = new FakeTarget();
    service.addTarget(target, lazy);
    const gone = { path: join(folder, 'gone'), file: { size: 1, mtimeMs: 1, ino: 1 } };
    await expect(service.digestOf(target, gone)).rejects.toMatchObject({ code: 'not_found' });
    await expect(service.digestOf(target, pendingOn(folder))).rejects.toMatchObject({ code: 'internal' });
  });

  it('closing stops at once, and nobody is left without an answer', async () => {
    const folder = tempFolder();
    const [large, other] = [put(folder, 'large', 'x'), put(folder, 'other', 'x')];
    truncateSync(large, 8000 * MB);
    truncateSync(other, 8001 * MB);
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    onTestFinished(() => void process.off('unhandledRejection', unhandled));
    const { service, started, close, progress } = open();
    const target = new FakeTarget(pendingOn(large), pendingOn(other));
    service.addTarget(target, eager);
    service.wake();
    const demand = expect(service.digestOf(target, pendingOn(other))).rejects.toMatchObject({ code: 'library_closed' });
    await vi.waitFor(() => expect(started).not.toEqual([]));
    await sleep(300);
    const before = performance.now();
    await close();
    await demand;
    expect(performance.now() - before).toBeLessThan(2000);
    await sleep(20);
    expect(unhandled).not.toHaveBeenCalled();
    expect(progress.at(-1)?.status).toBe('cancelled');
  });
});
