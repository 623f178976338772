import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { ScanJob, ScanListener } from '../../src/disk/scan-job.js';
import { scanInWorker } from '../../src/disk/scan-in-worker.js';
import type { ScannedModel } from '../../src/shapes/scan.js';
import { jobOver, knowing, put, root, scan, sidecar, tempFolder } from './temp-library.js';

const never = new AbortController().signal;
const quiet = { onCounted: () => undefined, onModels: () => undefined };

const openPorts = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

function libraryOf(count: number): string {
  const folder = tempFolder();
  for (let i = 0; i < count; i++) {
    put(folder, `d${String(i % 20)}/m${String(i)}.ckpt`, 'x');
    put(folder, `d${String(i % 20)}/m${String(i)}.metadata.json`, sidecar({ notes: 'n'.repeat(500) }));
  }
  return folder;
}

describe('scanInWorker', () => {
  test('tells the same as a scan in this thread, in order, in chunks', async () => {
    const job = jobOver(root(libraryOf(600)), root('/nonexistent', 'loras-1'));
    const models: ScannedModel[] = [];
    const steps: number[] = [];
    let counted = 0;
    const outcome = await scanInWorker(
      job,
      {
        onCounted: (total) => (counted = total),
        onModels: (chunk, _unchanged, handled) => {
          expect(chunk.length).toBeLessThanOrEqual(130);
          models.push(...chunk);
          steps.push(handled);
        },
      },
      never,
    );
    const direct = scan(job);
    expect(models).toEqual(direct.models);
    expect(outcome).toEqual(direct.outcome);
    expect(counted).toBe(600);
    expect(steps.at(-1)).toBe(600);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  test('a job without roots ends at once, without a thread', async () => {
    await expect(scanInWorker(jobOver(), quiet, never)).resolves.toMatchObject({ counted: 0, issues: [] });
  });

  test('the thread waits for a slow listener, and chunks do not overlap', async () => {
    const job = jobOver(root(libraryOf(1_500)));
    let busy = 0;
    let handledLast = 0;
    await scanInWorker(
      job,
      {
        onCounted: () => undefined,
        onModels: async (_models, _unchanged, handled) => {
          busy += 1;
          expect(busy).toBe(1);
          await sleep(20);
          handledLast = handled;
          busy -= 1;
        },
      },
      never,
    );
    expect(handledLast).toBe(1_500);
  });

  test('R-W4: the event loop keeps turning', async () => {
    const job = jobOver(root(libraryOf(2_000)));
    let turns = 0;
    let inChunk = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await scanInWorker(job, { onCounted: () => undefined, onModels: (chunk) => void (inChunk += chunk.length) }, never);
    clearInterval(timer);
    expect(inChunk).toBe(2_000);
    expect(turns).toBeGreaterThan(10);
  });

  test('a signal that is aborted already starts nothing', async () => {
    await expect(scanInWorker(jobOver(), quiet, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  test.each(['onCounted', 'onModels'] as const)(
    'an abort in %s rejects with `cancelled`; nothing is told after it',
    async (when) => {
      const job = jobOver(root(libraryOf(1_500)));
      const controller = new AbortController();
      let chunks = 0;
      const abortAt = (place: string): void => {
        if (place === when) controller.abort();
      };
      const listener = {
        onCounted: () => abortAt('onCounted'),
        onModels: async () => {
          chunks += 1;
          abortAt('onModels');
          await sleep(5);
        },
      };
      await expect(scanInWorker(job, listener, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
      const toldBefore = chunks;
      expect(toldBefore).toBe(when === 'onModels' ? 1 : 0);
      await sleep(50);
      expect(chunks).toBe(toldBefore);
      expect(openPorts()).toBe(0);
    },
  );

  test('an abort while the thread waits for acknowledgements ends it', async () => {
    const job = jobOver(root(libraryOf(1_500)));
    const controller = new AbortController();
    const listener: ScanListener = { ...quiet };
    let release = (): void => undefined;
    let chunks = 0;
    const inFirstChunk = new Promise<void>((entered) => {
      listener.onModels = () => {
        chunks += 1;
        entered();
        return new Promise<void>((resolve) => (release = resolve));
      };
    });
    const scanning = scanInWorker(job, listener, controller.signal);
    await inFirstChunk;
    await sleep(100);
    controller.abort();
    release();
    await expect(scanning).rejects.toMatchObject({ code: 'cancelled' });
    expect(chunks).toBe(1);
  });

  test('a listener that throws ends the scan with its error', async () => {
    const job = jobOver(root(libraryOf(600)));
    const listener = { onCounted: () => undefined, onModels: () => Promise.reject(new RangeError('mine')) };
    await expect(scanInWorker(job, listener, never)).rejects.toThrow(new RangeError('mine'));
    expect(openPorts()).toBe(0);
  });

  test('a thread that breaks rejects with `internal`', async () => {
    const broken: ScanJob = JSON.parse('{"roots": 5, "extensions": [], "skippedFolders": []}');
    await expect(scanInWorker(broken, quiet, never)).rejects.toMatchObject({
      code: 'internal',
      cause: expect.any(Error),
    });
    const uncloneable = { ...jobOver(root('/nonexistent')), extra: () => undefined };
    await expect(scanInWorker(uncloneable, quiet, never)).rejects.toMatchObject({ code: 'internal' });
    expect(openPorts()).toBe(0);
  });

  test('R-W5: two scans at the same time do not disturb each other', async () => {
    const job = jobOver(root(libraryOf(400)));
    const controller = new AbortController();
    const [first, second] = await Promise.allSettled([
      scanInWorker(job, { ...quiet, onModels: () => controller.abort() }, controller.signal),
      scanInWorker(job, quiet, never),
    ]);
    expect(first.status).toBe('rejected');
    expect(second).toMatchObject({ status: 'fulfilled', value: { counted: 400 } });
  });
});

describe('a rescan in the thread', () => {
  test('P-2: what is known is handed over in pieces, and an unchanged tree opens 0 files', async () => {
    const job = jobOver(root(libraryOf(1_300)));
    const first = scan(job);
    const unchanged: string[] = [];
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const outcome = await scanInWorker(
      knowing(job, first),
      {
        onCounted: (_total, linkTargets) => expect(linkTargets).toEqual(new Set()),
        onModels: (models, paths) => {
          expect(models).toEqual([]);
          unchanged.push(...paths);
        },
      },
      never,
    );
    clearInterval(timer);
    expect(outcome.opened).toBe(0);
    expect(unchanged.sort()).toEqual(first.paths);
    // Far above what is aimed at, because the machine has other work.
    expect(longest).toBeLessThan(500);
  });

  test('an abort while what is known is handed over rejects with `cancelled`', async () => {
    const job = jobOver(root(libraryOf(10)));
    const known = Array.from({ length: 50_000 }, (_, index) => [`/m/${String(index)}`, 'stamp'] as const);
    const controller = new AbortController();
    const scanning = scanInWorker({ ...job, known }, quiet, controller.signal);
    controller.abort();
    await expect(scanning).rejects.toMatchObject({ code: 'cancelled' });
    expect(openPorts()).toBe(0);
  });
});
