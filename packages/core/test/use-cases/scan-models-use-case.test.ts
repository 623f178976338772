import fc from 'fast-check';
import { describe, expect, it, test, vi } from 'vitest';
import type { ScanResult, ScanSteps } from '../../src/catalog/model-scanner.js';
import { ModelshelfError } from '../../src/errors.js';
import { lora } from '../../src/model-types/built-in-model-types.js';
import { silentLogger } from '../../src/ports/logger.js';
import { ProgressEmitter } from '../../src/progress/progress-emitter.js';
import { ProgressSnapshots } from '../../src/progress/progress-snapshots.js';
import type { ScanProgress } from '../../src/shapes/progress.js';
import type { ModelRoot } from '../../src/shapes/scan.js';
import { ScanModelsUseCase, type ScanOptions } from '../../src/use-cases/scan-models-use-case.js';
import { ScanProgressReport } from '../../src/use-cases/scan-progress-report.js';
import { scanResult } from './scan-result.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

const nas: ModelRoot = { id: 'loras-0', path: '/nas', subType: null };
const usb: ModelRoot = { id: 'loras-1', path: '/usb', subType: null };
const old: ModelRoot = { id: 'loras-2', path: '/old', subType: null, scan: { mode: 'off' } };

interface Scanned {
  readonly options: ScanOptions;
  /** Ends the scan. */
  readonly end: (result?: Partial<ScanResult>) => void;
  readonly fail: (error: unknown) => void;
}

/** A use case over a scanner whose scans end when the test says so, or on abort. */
function setUp({
  roots = [nas],
  rows = 0,
  hydrate = () => Promise.resolve(rows),
  steps = () => undefined,
  onScanned = () => undefined,
}: {
  roots?: readonly ModelRoot[];
  rows?: number;
  hydrate?: () => Promise<number>;
  steps?: (steps: ScanSteps) => void;
  onScanned?: () => void;
} = {}) {
  const scanned: Scanned[] = [];
  const progress: ScanProgress[] = [];
  const known = new Set<string>();
  const closing = new AbortController();
  const logger = { ...silentLogger, error: vi.fn() };
  let time = 0;
  const scans = new ScanModelsUseCase({
    modelType: lora,
    roots,
    scanner: {
      scan: (own, options) =>
        new Promise((resolve, reject) => {
          const cancel = (): void => reject(new ModelshelfError('cancelled', 'stopped'));
          if (options.signal.aborted) cancel();
          options.signal.addEventListener('abort', cancel);
          steps(own);
          scanned.push({ options, end: (result) => resolve(scanResult(result)), fail: reject });
        }),
    },
    hydrate,
    hasRows: (id) => known.has(id),
    clock: { now: () => (time += 1000) },
    logger,
    signal: closing.signal,
    onProgress: (each) => progress.push(each),
    onScanned,
  });
  /** The scan with this number, when it has begun. */
  const scanAt = (index: number): Promise<Scanned> =>
    vi.waitFor(() => {
      const found = scanned[index];
      if (found === undefined) throw new Error('not begun');
      return found;
    });
  return { scans, scanned, scanAt, progress, known, closing, logger };
}

const terminal = (progress: readonly ScanProgress[]) => progress.filter(({ status }) => status !== undefined);

describe('one scan at a time', () => {
  it('R-W5: a request that the running scan covers joins it; those that want more share one scan after it', async () => {
    const { scans, scanned, scanAt } = setUp({ roots: [nas, usb] });
    const first = [scans.execute(), scans.execute(), scans.execute({ roots: [usb.id] })];
    const more = [scans.execute({ full: true, roots: [nas.id] }), scans.execute({ full: true, roots: [usb.id] })];
    (await scanAt(0)).end({ changed: 1 });
    expect(new Set(await Promise.all(first)).size).toBe(1);
    const second = await scanAt(1);
    more.push(scans.execute(), scans.execute({ full: true }));
    second.end({ changed: 2 });
    const results = await Promise.all(more);
    expect(new Set(results).size).toBe(1);
    expect(results[0]).toMatchObject({ changed: 2 });
    expect(scanned.map(({ options }) => [options.full, options.roots])).toEqual([
      [false, undefined],
      [true, undefined],
    ]);
    await scans.settled();
  });

  it('a scan of one root is joined by those who want that root only', async () => {
    const { scans, scanned, scanAt } = setUp({ roots: [nas, usb] });
    const one = scans.execute({ roots: [usb.id] });
    const same = scans.execute({ roots: [usb.id] });
    const all = scans.execute();
    (await scanAt(0)).end({ changed: 1 });
    expect(await one).toBe(await same);
    (await scanAt(1)).end({ changed: 2 });
    expect(await all).toMatchObject({ changed: 2 });
    expect(scanned.map(({ options }) => options.roots)).toEqual([[usb.id], undefined]);
  });

  it('a fresh request never joins a scan that has begun', async () => {
    const { scans, scanAt } = setUp();
    const running = scans.execute();
    const after = [scans.execute({ fresh: true }), scans.execute({ fresh: true })];
    (await scanAt(0)).end({ changed: 1 });
    (await scanAt(1)).end({ changed: 2 });
    expect(await running).toMatchObject({ changed: 1 });
    expect((await Promise.all(after)).map(({ changed }) => changed)).toEqual([2, 2]);
  });

  it('whatever is asked at whatever time, scans never overlap and everybody gets a scan of all that was asked', async () => {
    const request = fc.record({
      full: fc.boolean(),
      fresh: fc.boolean(),
      roots: fc.option(fc.subarray([nas.id, usb.id], { minLength: 1 }), { nil: undefined }),
      wait: fc.nat(3),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
        let active = 0;
        const log: ScanOptions[] = [];
        const scans = new ScanModelsUseCase({
          modelType: lora,
          roots: [nas, usb],
          scanner: {
            scan: async (_steps, options) => {
              expect(++active).toBe(1);
              const number = log.push(options);
              await new Promise((resolve) => setImmediate(resolve));
              active--;
              return scanResult({ changed: number });
            },
          },
          hydrate: () => Promise.resolve(0),
          hasRows: () => true,
          clock: { now: () => 0 },
          logger: silentLogger,
          signal: new AbortController().signal,
          onProgress: () => undefined,
          onScanned: () => undefined,
        });
        const asked = requests.map(async ({ full, fresh, roots, wait }) => {
          for (let turn = 0; turn < wait; turn++) await new Promise((resolve) => setImmediate(resolve));
          const before = log.length;
          const { changed } = await scans.execute({ full, fresh, ...(roots && { roots }) });
          const served = log[changed - 1];
          expect(served?.full === true || !full).toBe(true);
          expect(served?.roots ?? [nas.id, usb.id]).toEqual(expect.arrayContaining(roots ?? [nas.id, usb.id]));
          if (fresh) expect(changed).toBeGreaterThan(before);
        });
        await Promise.all(asked);
        await scans.settled();
        expect(active).toBe(0);
      }),
      { numRuns: runs },
    );
  });

  it('refuses a root that there is not', async () => {
    const { scans } = setUp();
    await expect(scans.execute({ roots: ['loras-9'] })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('cancelling', () => {
  it('ends the scan that runs and no other', async () => {
    const { scans, scanAt } = setUp();
    expect(scans.cancel()).toBe(false);
    const stopped = scans.execute();
    const waiting = scans.execute({ full: true });
    await scanAt(0);
    expect(scans.cancel()).toBe(true);
    const late = scans.execute();
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    (await scanAt(1)).end({ changed: 7 });
    expect(await waiting).toMatchObject({ changed: 7 });
    expect(await late).toMatchObject({ changed: 7 });
    expect(scans.cancel()).toBe(false);
  });

  it('the library that closes ends everything, and nothing is left to wait for', async () => {
    const { scans, scanAt, closing, progress } = setUp();
    const all = [scans.execute(), scans.execute({ full: true })];
    await scanAt(0);
    closing.abort();
    const ended = await Promise.allSettled(all);
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await scans.settled();
    expect(terminal(progress).at(-1)).toMatchObject({ status: 'cancelled' });
  });
});

describe('failing', () => {
  it('R-W6: a scan that fails inside rejects instead of reporting success', async () => {
    const { scans, scanAt } = setUp();
    const running = scans.execute();
    (await scanAt(0)).fail(new Error('disk on fire'));
    await expect(running).rejects.toMatchObject({ code: 'internal' });
  });

  it('R-W6: a scan that is asked for during the start-up waits for it', async () => {
    let hydrated: (rows: number) => void = () => undefined;
    const { scans, scanned, scanAt } = setUp({ hydrate: () => new Promise((resolve) => (hydrated = resolve)) });
    const starting = scans.start();
    const asked = scans.execute();
    await new Promise((resolve) => setImmediate(resolve));
    expect(scanned).toEqual([]);
    hydrated(0);
    (await scanAt(0)).end({ changed: 3 });
    await starting;
    expect(await asked).toMatchObject({ changed: 3 });
    expect(scanned).toHaveLength(1);
  });

  it.each([
    ['error', new Error('disk on fire')],
    ['cancelled', new ModelshelfError('cancelled', 'stopped')],
  ])('R-W34: a run that does not finish ends with the terminal state %s', async (status, reason) => {
    const { scans, scanAt, progress } = setUp();
    const running = scans.start();
    (await scanAt(0)).fail(reason);
    await expect(running).rejects.toThrow();
    expect(terminal(progress)).toEqual([progress.at(-1)]);
    expect(progress.at(-1)).toMatchObject({ status });
    expect(scans.last).toBeUndefined();
    expect(scans.isInitializing).toBe(false);
  });

  test('progress never falls within a report, and exactly one terminal snapshot ends it', () => {
    const step = fc.oneof(
      fc.record({ counted: fc.nat(50) }),
      fc.record({ handled: fc.nat(50), total: fc.nat(50) }),
      fc.constantFrom({ end: 'completed' as const }, { end: 'stopped' as const }, { end: 'loaded' as const }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const told: ScanProgress[] = [];
        let time = 0;
        const report = new ScanProgressReport(lora, { now: () => (time += 700) }, (each) => told.push(each));
        for (const each of [...steps, { end: 'completed' as const }]) {
          if ('counted' in each) report.counted(each.counted);
          else if ('handled' in each) report.handled(each.handled, each.total);
          else if (each.end === 'stopped') report.stopped('error');
          else if (each.end === 'loaded') report.loaded(1);
          else report.completed(1);
        }
        const percents = told.map(({ progress }) => progress);
        expect(percents).toEqual([...percents].sort((a, b) => a - b));
        expect(terminal(told)).toEqual([told.at(-1)]);
      }),
      { numRuns: runs },
    );
  });

  it('R-W34: what listens to the result and throws makes one terminal state, not two', async () => {
    const onScanned = (): never => {
      throw new Error('no');
    };
    const { scans, scanAt, progress } = setUp({ onScanned });
    const running = scans.execute();
    (await scanAt(0)).end();
    await expect(running).rejects.toMatchObject({ code: 'internal' });
    expect(terminal(progress)).toEqual([progress.at(-1)]);
  });
});

describe('starting', () => {
  it('without anything kept: scans, and tells every step in the words that clients know', async () => {
    const steps = ({ onCounted, onHandled }: ScanSteps): void => {
      onCounted(3);
      for (const handled of [1, 2, 3]) onHandled(handled, 3);
    };
    const { scans, scanAt, progress } = setUp({ steps });
    const starting = scans.start();
    expect(scans.isInitializing).toBe(true);
    (await scanAt(0)).end({ counted: 3 });
    await starting;
    expect(scans.isInitializing).toBe(false);
    expect(progress.map((each) => [each.stage, each.progress, each.details, each.status])).toEqual([
      ['loading_cache', 0, 'Loading lora cache...', undefined],
      ['scan_folders', 0, 'Scanning lora folders...', undefined],
      ['count_models', 1, 'Found 3 lora files', undefined],
      ['process_models', 33, 'Processing lora files: 1/3', undefined],
      ['process_models', 66, 'Processing lora files: 2/3', undefined],
      ['process_models', 99, 'Processing lora files: 3/3', undefined],
      ['finalizing', 99, 'Finalizing lora cache...', undefined],
      ['finalizing', 100, 'Completed! Found 3 lora files.', 'complete'],
    ]);
    expect(progress.at(-1)).toMatchObject({ scanner_type: 'lora', pageType: 'loras' });
  });

  it('R-W23: after a start from kept rows the disk is compared in the background', async () => {
    const { scans, scanned, scanAt, progress } = setUp({ rows: 12 });
    await scans.start();
    expect(scans.isInitializing).toBe(false);
    expect(progress.map((each) => [each.stage, each.progress, each.details, each.status]).slice(0, 3)).toEqual([
      ['loading_cache', 0, 'Loading lora cache...', undefined],
      ['loading_cache', 1, 'Loaded cached lora data from disk', undefined],
      ['finalizing', 100, 'Loaded 12 cached lora files from disk.', 'complete'],
    ]);
    expect(scans.last).toBeUndefined();
    (await scanAt(0)).end({ removed: 2 });
    await scans.settled();
    expect(scans.last).toMatchObject({ removed: 2 });
    expect(scanned[0]?.options).toMatchObject({ full: false });
    expect(scans.isInitializing).toBe(false);
  });

  it('a later scan does not count as initialising', async () => {
    const { scans, scanAt } = setUp();
    const starting = scans.start();
    (await scanAt(0)).end();
    await starting;
    const later = scans.execute();
    await scanAt(1);
    expect(scans.isInitializing).toBe(false);
    (await scanAt(1)).end();
    await later;
  });

  it('a comparison in the background that fails is reported to the logger only', async () => {
    const { scans, scanAt, logger } = setUp({ rows: 1 });
    await scans.start();
    (await scanAt(0)).fail(new Error('disk on fire'));
    await scans.settled();
    await vi.waitFor(() => expect(logger.error).toHaveBeenCalledOnce());
  });

  it('rows that cannot be listed are no reason not to start: there is a scan', async () => {
    const { scans, scanAt, logger } = setUp({ hydrate: () => Promise.reject(new Error('torn')) });
    const starting = scans.start();
    (await scanAt(0)).end();
    await starting;
    expect(logger.error).toHaveBeenCalledOnce();
  });

  it('what was scanned before the start is not overwritten by what was kept', async () => {
    const hydrate = vi.fn(() => Promise.resolve(5));
    const { scans, scanAt } = setUp({ hydrate });
    const asked = scans.execute();
    const starting = scans.start();
    (await scanAt(0)).end();
    await Promise.all([asked, starting]);
    expect(hydrate).not.toHaveBeenCalled();
  });

  test('Initialisation progress never decreases within a start-up, ends with exactly one message with `status: "complete"` and `progress: 100`, and a client connecting later receives the last message.', async () => {
    const handling = fc.array(fc.nat(40), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.nat(3), handling, fc.boolean(), async (rows, handled, isTimely) => {
        const emitter = new ProgressEmitter(new ProgressSnapshots({ now: () => 1 }), () => undefined);
        const heard: ScanProgress[] = [];
        emitter.on('scan', ({ data }) => heard.push(data));
        let time = 0;
        let finish: () => void = () => undefined;
        const scans = new ScanModelsUseCase({
          modelType: lora,
          roots: [nas],
          scanner: {
            scan: async ({ onCounted, onHandled }) => {
              if (rows > 0) await new Promise<void>((resolve) => (finish = resolve));
              onCounted(40);
              for (const each of handled) onHandled(each, 40);
              return scanResult({ counted: 40 });
            },
          },
          hydrate: () => Promise.resolve(rows),
          hasRows: () => false,
          clock: { now: () => (time += isTimely ? 1000 : 1) },
          logger: silentLogger,
          signal: new AbortController().signal,
          onProgress: (data) => emitter.publish('scan', 'loras', data),
          onScanned: () => undefined,
        });
        await scans.start();
        const startUp = heard.slice(0, heard.findIndex(({ status }) => status !== undefined) + 1);
        const percents = startUp.map(({ progress }) => progress);
        expect(percents).toEqual([...percents].sort((a, b) => a - b));
        expect(startUp.at(-1)).toMatchObject({ status: 'complete', progress: 100 });
        if (rows === 0) expect(heard).toEqual(startUp);
        expect(emitter.snapshots.since(0).map(({ data }) => data)).toEqual([heard.at(-1)]);
        await new Promise((resolve) => setImmediate(resolve));
        finish();
        await scans.settled();
        expect(emitter.snapshots.since(0)[0]?.data).toMatchObject({ status: 'complete', progress: 100 });
      }),
      { numRuns: runs },
    );
  });
});

describe('roots', () => {
  it('one that is off is looked at once, and then only when it is named', async () => {
    const { scans, scanned, scanAt, known } = setUp({ roots: [nas, old] });
    const asked = [scans.execute()];
    (await scanAt(0)).end();
    known.add(old.id);
    await asked[0];
    asked.push(scans.execute());
    (await scanAt(1)).end();
    await asked[1];
    asked.push(scans.execute({ roots: [old.id] }));
    (await scanAt(2)).end();
    await Promise.all(asked);
    expect(scanned.map(({ options }) => options.roots)).toEqual([undefined, [nas.id], [old.id]]);
  });

  it('a scan of one root neither forgets nor repeats what an earlier one told of another', async () => {
    const { scans, scanAt } = setUp({ roots: [nas, usb] });
    const told = async (index: number, result: Partial<ScanResult>, roots?: readonly string[]): Promise<void> => {
      const asked = scans.execute(roots && { roots });
      (await scanAt(index)).end(result);
      await asked;
    };
    const issue = (path: string) => ({ code: 'sidecar_corrupt' as const, path, message: '' });
    await told(0, {
      issues: [issue('/nas/a'), issue('/usb/b')],
      offlineRoots: [usb.id],
      unreadablePaths: ['/usb/x', '/nas/y'],
      linkTargets: ['/elsewhere'],
    });
    await told(1, { issues: [issue('/usb/c')], linkTargets: ['/other'], changed: 5 }, [usb.id]);
    expect(scans.last).toMatchObject({
      changed: 5,
      issues: [issue('/nas/a'), issue('/usb/c')],
      offlineRoots: [],
      unreadablePaths: ['/nas/y'],
      linkTargets: ['/elsewhere', '/other'],
    });
    await told(2, {}, [nas.id]);
    expect(scans.last).toMatchObject({ issues: [issue('/usb/c')], linkTargets: ['/other'] });
    await told(3, {});
    expect(scans.last).toMatchObject({ issues: [], linkTargets: [] });
  });
});
