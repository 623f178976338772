import { describe, expect, it, vi } from 'vitest';
import {
  FakeRecords,
  FakeTarget,
  ManualDigester,
  eager,
  lazy,
  makeService,
  pendingFile,
  quickDigester,
  turn,
} from './make-digests.js';

describe('in the background', () => {
  it('keeps each digest as a record before it enters the catalog, and ends with a terminal snapshot', async () => {
    const records = new FakeRecords();
    const { service, progress, terminal } = makeService({ digester: quickDigester(), records });
    const target = new FakeTarget(pendingFile('/a'), pendingFile('/b'));
    const keptBefore: boolean[] = [];
    const onDigest = vi.fn((path: string) => keptBefore.push(records.kept.has(path)));
    service.addTarget(target, { ...eager, onDigest });
    service.wake();
    service.wake();
    await service.idle();
    expect(records.writes).toEqual(['/a', '/b']);
    expect(onDigest.mock.calls).toEqual([...target.digests]);
    expect(keptBefore).toEqual([true, true]);
    expect(target.pending.size).toBe(0);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_done: 2, files_total: 2, bytes_done: 20 });
    expect(terminal()).toHaveLength(1);
  });

  it('a digest is computed once per file content, and a file that failed is tried again in the background only when it changed or after an hour', async () => {
    const digester = quickDigester((path) =>
      path === '/bad' ? new Error('unreadable') : { digest: { sha256: 'x' }, file: pendingFile(path).file },
    );
    const { service, progress, time } = makeService({ digester });
    const target = new FakeTarget(pendingFile('/bad'), pendingFile('/good'));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    service.wake();
    await service.idle();
    expect(digester.started).toEqual(['/bad', '/good']);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_failed: 1 });
    target.pending.set('/bad', pendingFile('/bad', 10, 2));
    service.wake();
    await service.idle();
    expect(digester.started).toEqual(['/bad', '/good', '/bad']);
    // The share is back, and none of its files changed.
    time.now += 3_600_000;
    service.wake();
    await service.idle();
    expect(digester.started).toHaveLength(4);
  });

  it('a call is not lost while the last run ends', async () => {
    const { service } = makeService({ digester: quickDigester() });
    const target = new FakeTarget(pendingFile('/a'), pendingFile('/b'));
    let heard = 0;
    const onEntered = (): void => {
      // The second time is the end of the run.
      if (++heard !== 2) return;
      target.pending.set('/c', pendingFile('/c'));
      service.wake();
    };
    service.addTarget(target, { ...eager, onEntered });
    service.wake();
    await service.idle();
    await turn();
    await service.idle();
    expect([...target.digests.keys()]).toEqual(['/a', '/b', '/c']);
  });

  it('R-W22: a digest that failed or was interrupted stays pending, and is computed on demand', async () => {
    let fails = true;
    const digester = quickDigester((path) =>
      fails ? new Error('unreadable') : { digest: { sha256: 'x' }, file: pendingFile(path).file },
    );
    const { service } = makeService({ digester });
    const target = new FakeTarget(pendingFile('/a'));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(target.pendingDigests()).toHaveLength(1);
    fails = false;
    await expect(service.digestOf(target, pendingFile('/a'))).resolves.toEqual({ sha256: 'x' });
    expect(target.pendingDigests()).toEqual([]);
  });

  it('reads no file whose digest the records have by now', async () => {
    const records = new FakeRecords();
    const digester = quickDigester();
    const { service } = makeService({ digester, records });
    const target = new FakeTarget(pendingFile('/a'));
    const onEntered = vi.fn();
    await records.keep('/a', pendingFile('/a').file, { sha256: 'x' });
    service.addTarget(target, { lazy: false, onEntered });
    service.wake();
    await service.idle();
    expect(digester.started).toEqual([]);
    expect(target.digests.get('/a')).toEqual({ sha256: 'x' });
    expect(onEntered).toHaveBeenCalledOnce();
  });

  it('enters a digest that cannot be kept', async () => {
    const records = new FakeRecords();
    const { service } = makeService({ digester: quickDigester(), records });
    records.keep = () => Promise.reject(new Error('no space left'));
    const target = new FakeTarget(pendingFile('/a'));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(target.pending.size).toBe(0);
  });

  it('keeps the digest of a file that changed since the scan, and leaves it to the next scan to enter it', async () => {
    const records = new FakeRecords();
    const digester = quickDigester((path) => ({ digest: { sha256: 'new' }, file: pendingFile(path, 11, 2).file }));
    const { service } = makeService({ digester, records });
    const target = new FakeTarget(pendingFile('/a'));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(target.digests.size).toBe(0);
    target.pending.set('/a', pendingFile('/a', 11, 2));
    service.wake();
    await service.idle();
    expect(target.digests.get('/a')).toEqual({ sha256: 'new' });
    expect(digester.started).toEqual(['/a']);
  });

  it('stops at once when the library closes and says so', async () => {
    const digester = new ManualDigester();
    const { service, progress, closing, terminal } = makeService({ digester });
    const target = new FakeTarget(pendingFile('/a'), pendingFile('/b'));
    service.addTarget(target, eager);
    service.addTarget(new FakeTarget(pendingFile('/c')), lazy);
    service.wake();
    await turn();
    const demand = expect(service.digestOf(target, pendingFile('/b'))).rejects.toMatchObject({
      code: 'library_closed',
    });
    const all = expect(service.digestAll(target)).rejects.toMatchObject({ code: 'library_closed' });
    await turn();
    closing.abort();
    await Promise.all([service.idle(), demand, all]);
    expect(digester.stopped).toEqual(['/a']);
    expect(progress.at(-1)).toMatchObject({ status: 'cancelled', files_done: 0, files_failed: 0 });
    expect(terminal()).toHaveLength(1);
    service.wake();
    await service.idle();
    await expect(service.digestOf(target, pendingFile('/b'))).rejects.toMatchObject({ code: 'library_closed' });
    await expect(service.digestAll(target)).rejects.toMatchObject({ code: 'library_closed' });
    expect(digester.started).toEqual(['/a']);
  });

  it('never reads lazy files unasked, but where two of the same size state the same digest, and that at the end', async () => {
    const digester = quickDigester();
    const { service } = makeService({ digester });
    const checkpoints = new FakeTarget(pendingFile('/ckpt'));
    checkpoints.suspected.set('/twin', { ...pendingFile('/twin'), sameSize: true });
    checkpoints.suspected.set('/other', { ...pendingFile('/other'), sameSize: false });
    const loras = new FakeTarget(pendingFile('/lora'));
    loras.suspected.set('/twin-lora', { ...pendingFile('/twin-lora'), sameSize: false });
    service.addTarget(checkpoints, lazy);
    service.addTarget(loras, eager);
    service.wake();
    await service.idle();
    expect(digester.started).toEqual(['/lora', '/twin-lora', '/twin']);
  });

  it('takes in what a scan finds while it goes on, the smallest first', async () => {
    const digester = new ManualDigester();
    const { service, progress } = makeService({ digester });
    const target = new FakeTarget(pendingFile('/30', 30), pendingFile('/20', 20), pendingFile('/10', 10));
    service.addTarget(target, eager);
    service.wake();
    await turn();
    target.pending.set('/5', pendingFile('/5', 5));
    target.pending.set('/25', pendingFile('/25', 25));
    service.wake();
    await turn();
    for (const path of ['/10', '/5', '/20', '/25', '/30']) {
      await digester.reading(path).finish(pendingFile(path, Number(path.slice(1))).file);
    }
    await service.idle();
    expect(digester.started).toEqual(['/10', '/5', '/20', '/25', '/30']);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_done: 5, files_total: 5, bytes_done: 90 });
  });

  it('works through more files than wait at the same time', async () => {
    const paths = Array.from({ length: 5000 }, (_, i) => `/${String(i)}`);
    const records = new FakeRecords();
    const { service, progress } = makeService({ digester: quickDigester(), records });
    const target = new FakeTarget(...paths.map((path) => pendingFile(path)));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(target.digests.size).toBe(5000);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_done: 5000, bytes_done: 50_000 });
  });

  it('P-5: a restart goes on where the last run stopped', async () => {
    const records = new FakeRecords();
    const digester = new ManualDigester();
    const first = makeService({ digester, records });
    const pending = ['/a', '/b', '/c'].map((path) => pendingFile(path));
    first.service.addTarget(new FakeTarget(...pending), eager);
    first.service.wake();
    await turn();
    await digester.reading('/a').finish();
    first.closing.abort();
    await first.service.idle();
    const rest = quickDigester();
    const second = makeService({ digester: rest, records });
    const target = new FakeTarget(...pending);
    second.service.addTarget(target, eager);
    second.service.wake();
    await second.service.idle();
    expect(rest.started).toEqual(['/b', '/c']);
    expect([...target.digests.keys()].sort()).toEqual(['/a', '/b', '/c']);
  });
});

describe('a file that changes while it is read', () => {
  it('P-1: is tried again a few times, then left until the next scan, and never stored', async () => {
    const records = new FakeRecords();
    const digester = quickDigester(() => Object.assign(new Error('changed'), { refusal: 'changed' }));
    const { service, progress } = makeService({ digester, records, retryDelays: [1, 2, 4] });
    const target = new FakeTarget(pendingFile('/a'));
    service.addTarget(target, eager);
    service.wake();
    await service.idle();
    expect(digester.started).toHaveLength(4);
    expect(progress.at(-1)).toMatchObject({ status: 'complete', files_failed: 1 });
    await turn();
    expect(digester.started).toHaveLength(4);
    service.wake();
    await service.idle();
    expect(digester.started).toHaveLength(8);
    expect(records.writes).toEqual([]);
    expect(target.digests.size).toBe(0);
    await expect(service.digestOf(target, pendingFile('/a'))).rejects.toMatchObject({ code: 'service_not_ready' });
  });

  it('P-1: does not hold the disk while it waits for its next attempt', async () => {
    const digester = new ManualDigester();
    const { service } = makeService({ digester, retryDelays: [40] });
    const target = new FakeTarget(pendingFile('/a', 1), pendingFile('/b', 2));
    service.addTarget(target, eager);
    service.wake();
    await turn();
    await digester.reading('/a').refuse('changed');
    await digester.reading('/b').finish(pendingFile('/b', 2).file);
    await vi.waitFor(() => digester.reading('/a').finish(pendingFile('/a', 1).file));
    await service.idle();
    expect(digester.started).toEqual(['/a', '/b', '/a']);
    expect(target.digests.size).toBe(2);
  });
});

describe('disks', () => {
  const placeOf = (path: string) => ({ realPath: path, disk: Number(path[1]) });

  it('reads one file of each disk at a time, of as many disks as allowed, and demands go first', async () => {
    const digester = new ManualDigester();
    const { service } = makeService({ digester, placeOf, disks: 2 });
    const paths = ['/1a', '/1b', '/2a', '/2b', '/3a'];
    const target = new FakeTarget(...paths.map((path) => pendingFile(path)));
    service.addTarget(target, eager);
    const checkpoint = pendingFile('/1z', 1_000_000);
    const checkpoints = new FakeTarget(checkpoint);
    service.addTarget(checkpoints, lazy);
    service.wake();
    await turn();
    expect(digester.started).toEqual(['/1a', '/2a']);
    const demand = service.digestOf(checkpoints, checkpoint);
    await turn();
    expect(digester.started).toHaveLength(2);
    await digester.reading('/1a').finish();
    expect(digester.started.at(-1)).toBe('/1z');
    await digester.reading('/1z').finish(checkpoint.file);
    await expect(demand).resolves.toEqual({ sha256: 'sha256 of /1z' });
    // Another disk has waited longer.
    expect(digester.started.at(-1)).toBe('/3a');
    for (const path of ['/3a', '/2a', '/1b', '/2b']) await digester.reading(path).finish();
    await service.idle();
    expect(target.pending.size).toBe(0);
  });

  it('reads as many files of one disk as allowed', async () => {
    const digester = new ManualDigester();
    const { service } = makeService({ digester, streamsPerDisk: 2 });
    service.addTarget(new FakeTarget(...['/a', '/b', '/c'].map((path) => pendingFile(path))), eager);
    service.wake();
    await turn();
    expect(digester.started).toEqual(['/a', '/b']);
  });
});
