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

const ckpt = pendingFile('/ckpt');
const digest = { sha256: 'sha256 of /ckpt' };

describe('digestOf', () => {
  it('Concurrent demands for one pending checkpoint hash read the file once and all receive the same value.', async () => {
    const digester = new ManualDigester();
    const records = new FakeRecords();
    const { service, terminal } = makeService({
      digester,
      records,
      placeOf: () => ({ realPath: '/real', disk: 1 }),
    });
    const target = new FakeTarget(ckpt, pendingFile('/link'));
    service.addTarget(target, lazy);
    const demands = [ckpt, pendingFile('/link'), ckpt, ckpt].map((each) => service.digestOf(target, each));
    await turn();
    demands.push(service.digestOf(target, ckpt));
    await turn();
    await digester.reading('/ckpt').finish();
    expect(await Promise.all(demands)).toEqual(Array(5).fill(digest));
    expect(digester.started).toEqual(['/ckpt']);
    expect([...target.digests.keys()].sort()).toEqual(['/ckpt', '/link']);
    expect([...records.kept.keys()].sort()).toEqual(['/ckpt', '/link']);
    expect(terminal()).toMatchObject([{ status: 'complete', files_done: 1, files_total: 1, bytes_done: 10 }]);
  });

  it('answers at once what the records know', async () => {
    const records = new FakeRecords();
    const digester = quickDigester();
    const { service, progress } = makeService({ digester, records });
    const target = new FakeTarget(ckpt);
    service.addTarget(target, lazy);
    await records.keep('/ckpt', ckpt.file, { sha256: 'known' });
    await expect(service.digestOf(target, ckpt)).resolves.toEqual({ sha256: 'known' });
    expect(target.digests.get('/ckpt')).toEqual({ sha256: 'known' });
    expect([digester.started, progress]).toEqual([[], []]);
  });

  it('tells at once that the digest arrived, and asks for an AutoV3 where one is wanted', async () => {
    const digester = new ManualDigester();
    const { service } = makeService({ digester });
    const onEntered = vi.fn();
    const target = new FakeTarget(ckpt);
    service.addTarget(target, { lazy: true, onEntered });
    const demand = service.digestOf(target, { ...ckpt, autov3: true });
    await turn();
    expect(digester.reading('/ckpt').autov3).toBe(true);
    await digester.reading('/ckpt').finish();
    await demand;
    expect(onEntered).toHaveBeenCalledOnce();
  });

  it('waiters may leave one by one, and the reading stops with the last of them', async () => {
    const digester = new ManualDigester();
    const { service, terminal } = makeService({ digester });
    const target = new FakeTarget(ckpt);
    service.addTarget(target, lazy);
    const [first, second] = [new AbortController(), new AbortController()];
    const demands = [first, second].map(({ signal }) => service.digestOf(target, ckpt, { signal }));
    const outcomes = demands.map((each) => expect(each).rejects.toMatchObject({ code: 'cancelled' }));
    await turn();
    first.abort();
    await outcomes[0];
    expect(digester.stopped).toEqual([]);
    second.abort();
    await outcomes[1];
    expect(digester.stopped).toEqual(['/ckpt']);
    expect(terminal()).toMatchObject([{ status: 'cancelled', files_done: 0, files_total: 0 }]);
    // The next demand begins anew.
    const again = service.digestOf(target, ckpt);
    await turn();
    await digester.reading('/ckpt').finish();
    await expect(again).resolves.toEqual(digest);
  });

  it('a demand that was aborted before it began reads nothing', async () => {
    const digester = quickDigester();
    const { service } = makeService({ digester });
    const target = new FakeTarget(ckpt);
    service.addTarget(target, lazy);
    const demand = service.digestOf(target, ckpt, { signal: AbortSignal.abort() });
    await expect(demand).rejects.toMatchObject({ code: 'cancelled' });
    const controller = new AbortController();
    const late = service.digestOf(target, ckpt, { signal: controller.signal });
    controller.abort();
    await expect(late).rejects.toMatchObject({ code: 'cancelled' });
    expect(digester.started).toEqual([]);
  });

  it('a demand moves a file that waits in the background forward, and leaves the rest to the background', async () => {
    const digester = new ManualDigester();
    const { service } = makeService({ digester });
    const target = new FakeTarget(pendingFile('/a', 1), pendingFile('/b', 2), pendingFile('/c', 3));
    service.addTarget(target, eager);
    service.wake();
    await turn();
    const controller = new AbortController();
    const demand = service.digestOf(target, pendingFile('/c', 3), { signal: controller.signal });
    const outcome = expect(demand).rejects.toMatchObject({ code: 'cancelled' });
    await turn();
    await digester.reading('/a').finish(pendingFile('/a', 1).file);
    expect(digester.started).toEqual(['/a', '/c']);
    controller.abort();
    await outcome;
    // The background waits for it still.
    expect(digester.stopped).toEqual([]);
    await digester.reading('/c').finish(pendingFile('/c', 3).file);
    await digester.reading('/b').finish(pendingFile('/b', 2).file);
    await service.idle();
    expect(digester.started).toEqual(['/a', '/c', '/b']);
    expect(target.pending.size).toBe(0);
  });

  it.each([
    ['missing', 'not_found'],
    ['unreadable', 'internal'],
    ['changed', 'service_not_ready'],
  ])('a file that is %s rejects with %s and stays pending', async (refusal, code) => {
    const digester = quickDigester(() => Object.assign(new Error(refusal), { refusal }));
    const { service, terminal } = makeService({ digester });
    const target = new FakeTarget(ckpt);
    service.addTarget(target, lazy);
    await expect(service.digestOf(target, ckpt)).rejects.toMatchObject({ code });
    expect(target.pendingDigests()).toHaveLength(1);
    expect(terminal()).toMatchObject([{ status: 'complete', files_failed: 1 }]);
  });
});

describe('digestAll', () => {
  it('digests everything that is pending of a lazy target, and tells how much', async () => {
    const digester = quickDigester((path) =>
      path === '/bad' ? new Error('unreadable') : { digest: { sha256: 'x' }, file: pendingFile(path).file },
    );
    const { service, terminal } = makeService({ digester });
    const target = new FakeTarget(ckpt, pendingFile('/bad'), pendingFile('/b'));
    service.addTarget(target, lazy);
    await expect(service.digestAll(target)).resolves.toEqual({ done: 2, failed: 1 });
    expect([...target.pending.keys()]).toEqual(['/bad']);
    expect(terminal()).toMatchObject([{ status: 'complete', files_done: 2, files_failed: 1, files_total: 3 }]);
    await expect(service.digestAll(new FakeTarget())).rejects.toThrow('was not added');
  });

  it('stops on abort, and leaves what others wait for', async () => {
    const digester = new ManualDigester();
    const { service, terminal } = makeService({ digester, streamsPerDisk: 2 });
    const target = new FakeTarget(ckpt, pendingFile('/a'), pendingFile('/b'));
    service.addTarget(target, lazy);
    const controller = new AbortController();
    const all = expect(service.digestAll(target, { signal: controller.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    await turn();
    const demand = service.digestOf(target, ckpt);
    await turn();
    controller.abort();
    await all;
    expect(digester.stopped).toEqual(['/a']);
    await digester.reading('/ckpt').finish();
    await expect(demand).resolves.toEqual(digest);
    expect([...target.pending.keys()]).toEqual(['/a', '/b']);
    expect(terminal()).toHaveLength(1);
  });
});
