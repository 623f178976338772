import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WatchFolders, WatchOptions } from '../../../src/disk/watch-folders.js';
import { ModelshelfError } from '../../../src/errors.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { RootWatcherService } from '../../../src/services/watching/root-watcher-service.js';
import type { RootScanPolicy } from '../../../src/shapes/root-scan-policy.js';
import { ManualTimers } from './manual-timers.js';

type Scan = (ids: readonly string[]) => Promise<{ offlineRoots: readonly string[] }>;

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** A service over roots with these policies, whose watches the test holds in its hand. */
function setUp(
  policies: readonly (RootScanPolicy | undefined)[],
  { scan, refuses }: { scan?: Scan; refuses?: string } = {},
) {
  const timers = new ManualTimers();
  const roots = policies.map((policy, index) => ({
    id: `loras-${String(index)}`,
    path: `/root${String(index)}`,
    subType: null,
    ...(policy && { scan: policy }),
  }));
  const scanned: { at: number; ids: readonly string[] }[] = [];
  const disk = {
    offline: [] as string[],
    refuses: refuses === undefined ? undefined : failure(refuses),
    isSound: true,
    opened: [] as { path: string; options: WatchOptions; isOpen: boolean }[],
    attempts: 0,
  };
  const watchFolders: WatchFolders = async ([path = ''], options) => {
    disk.attempts++;
    if (disk.refuses !== undefined) throw disk.refuses;
    const watch = { path, options, isOpen: true };
    disk.opened.push(watch);
    return {
      isSound: async () => disk.isSound,
      close: async () => void (watch.isOpen = false),
    };
  };
  const logger = { ...silentLogger, warn: vi.fn(), error: vi.fn() };
  const service = new RootWatcherService({
    roots,
    extensions: ['.safetensors'],
    skippedFolders: [],
    scan: async (ids) => {
      scanned.push({ at: timers.now(), ids });
      return scan ? scan(ids) : { offlineRoots: disk.offline };
    },
    clock: timers,
    timers,
    logger,
    watchFolders,
  });
  onTestFinished(() => service.close());
  service.begin();
  service.begin();
  const change = (index = 0): void => disk.opened[index]?.options.onChange('/x');
  return { service, timers, scanned, disk, logger, change };
}

describe('policies', () => {
  it('off and on demand: nothing happens by itself', async () => {
    const { timers, scanned, disk } = setUp([{ mode: 'off' }, { mode: 'on-demand' }, undefined]);
    await timers.pass(24 * 3_600_000);
    expect(scanned).toEqual([]);
    expect(disk.attempts).toBe(0);
    expect(timers.due).toEqual([]);
  });

  it('interval: the next scan is so long after the end of the former', async () => {
    let finish: () => void = () => undefined;
    const scan = (): Promise<{ offlineRoots: [] }> =>
      new Promise((resolve) => (finish = () => resolve({ offlineRoots: [] })));
    const { timers, scanned, disk } = setUp([{ mode: 'interval', everySeconds: 10 }], { scan });
    await timers.pass(50_000);
    expect(scanned.map(({ at }) => at)).toEqual([10_000]);
    finish();
    await timers.pass(10_000);
    expect(scanned.map(({ at }) => at)).toEqual([10_000, 60_000]);
    finish();
    expect(disk.attempts).toBe(0);
  });

  it('interval: five minutes when it does not say so, also while the root is offline', async () => {
    const { timers, scanned, disk } = setUp([{ mode: 'interval' }]);
    disk.offline = ['loras-0'];
    await timers.pass(900_000);
    expect(scanned.map(({ at }) => at)).toEqual([300_000, 600_000, 900_000]);
  });

  it('watch: once when the watch stands, then after changes only, unless it says how often as well', async () => {
    const { timers, scanned } = setUp([{ mode: 'watch' }, { mode: 'watch', everySeconds: 1000 }]);
    await timers.pass(2_500_000);
    expect(scanned).toEqual([
      { at: 0, ids: ['loras-0'] },
      { at: 0, ids: ['loras-1'] },
      { at: 1_000_000, ids: ['loras-1'] },
      { at: 2_000_000, ids: ['loras-1'] },
    ]);
  });
});

describe('changes', () => {
  it('many are one scan, half a second after the last; those of several roots too', async () => {
    const { timers, scanned, change } = setUp([{ mode: 'watch' }, { mode: 'watch' }]);
    await timers.pass(1000);
    scanned.length = 0;
    for (let count = 0; count < 10; count++) {
      change(count % 2);
      await timers.pass(100);
    }
    await timers.pass(10_000);
    expect(scanned).toEqual([{ at: 2400, ids: ['loras-0', 'loras-1'] }]);
  });

  it('that do not end lead to a scan every five seconds, or less often where a scan takes long', async () => {
    let takes = 0;
    const { timers, scanned, change } = setUp([{ mode: 'watch' }], {
      scan: async () => {
        await timers.pass(takes);
        return { offlineRoots: [] };
      },
    });
    await timers.pass(1000);
    scanned.length = 0;
    for (let count = 0; count < 120; count++) {
      change();
      await timers.pass(100);
    }
    expect(scanned.map(({ at }) => at)).toEqual([6000, 11_000]);
    await timers.pass(1000);
    takes = 2000;
    change();
    await timers.pass(500);
    await timers.pass(2000);
    takes = 0;
    scanned.length = 0;
    const from = timers.now();
    for (let count = 0; count < 190; count++) {
      change();
      await timers.pass(100);
    }
    expect(scanned.map(({ at }) => at - from)).toEqual([18_000]);
  });

  it('a change is followed by a scan that begins after it; changes during a scan lead to one more scan', async () => {
    const ends: (() => void)[] = [];
    const scan: Scan = () => new Promise((resolve) => ends.push(() => resolve({ offlineRoots: [] })));
    const { timers, scanned, change } = setUp([{ mode: 'watch' }], { scan });
    await timers.pass(0);
    for (let count = 0; count < 5; count++) {
      change();
      await timers.pass(1000);
    }
    expect(scanned).toHaveLength(1);
    ends.shift()?.();
    await timers.pass(0);
    expect(scanned).toHaveLength(2);
    ends.shift()?.();
    await timers.pass(60_000);
    expect(scanned).toHaveLength(2);
  });

  it('a scan that fails or is cancelled ends nothing', async () => {
    let reason: Error = new Error('disk on fire');
    const { timers, scanned, change, logger } = setUp([{ mode: 'watch' }], { scan: () => Promise.reject(reason) });
    await timers.pass(0);
    expect(logger.error).toHaveBeenCalledOnce();
    reason = new ModelshelfError('cancelled', 'stopped');
    change();
    await timers.pass(500);
    expect(scanned).toHaveLength(2);
    expect(logger.error).toHaveBeenCalledOnce();
  });
});

describe('watches that fail', () => {
  it.each(['ENOSPC', 'EMFILE'])(
    '%s: reported once, and the root is scanned every minute from then on',
    async (code) => {
      const { timers, scanned, disk, logger } = setUp([{ mode: 'watch' }]);
      await timers.pass(0);
      scanned.length = 0;
      for (let count = 0; count < 3; count++) disk.opened[0]?.options.onError(failure(code));
      await timers.pass(180_000);
      expect(scanned.map(({ at }) => at)).toEqual([0, 60_000, 120_000, 180_000]);
      expect(logger.warn).toHaveBeenCalledOnce();
      expect(disk).toMatchObject({ attempts: 1, opened: [{ isOpen: false }] });
    },
  );

  it('ENOSPC at the start: scanned every minute', async () => {
    const { timers, scanned, disk, logger } = setUp([{ mode: 'watch' }], { refuses: 'ENOSPC' });
    await timers.pass(120_000);
    expect(scanned.map(({ at }) => at)).toEqual([60_000, 120_000]);
    expect(disk.attempts).toBe(1);
    expect(logger.warn).toHaveBeenCalledOnce();
  });

  it('another failure: reported once, tried again every minute', async () => {
    const { timers, disk, logger, scanned } = setUp([{ mode: 'watch' }], { refuses: 'EIO' });
    await timers.pass(120_000);
    expect(disk.attempts).toBe(3);
    expect(logger.warn).toHaveBeenCalledOnce();
    disk.refuses = undefined;
    await timers.pass(60_000);
    expect(disk.opened).toHaveLength(1);
    expect(scanned).toEqual([{ at: 180_000, ids: ['loras-0'] }]);
  });

  it('P-14: a watched root whose watch cannot be made or broke is scanned at intervals instead; one that was away is watched again when it is back, and scanned then', async () => {
    const { timers, disk, logger, scanned, change } = setUp([{ mode: 'watch' }], { refuses: 'ENOENT' });
    await timers.pass(120_000);
    expect(scanned).toEqual([]);
    disk.refuses = undefined;
    await timers.pass(60_000);
    expect(scanned).toEqual([{ at: 180_000, ids: ['loras-0'] }]);
    disk.offline = ['loras-0'];
    disk.refuses = failure('ENOENT');
    change();
    await timers.pass(500);
    expect(disk.opened[0]?.isOpen).toBe(false);
    scanned.length = 0;
    await timers.pass(600_000);
    expect(scanned).toEqual([]);
    disk.offline = [];
    disk.refuses = undefined;
    await timers.pass(60_000);
    expect(disk.opened).toHaveLength(2);
    expect(scanned).toHaveLength(1);
    disk.isSound = false;
    change(1);
    await timers.pass(500);
    expect(disk.opened[1]?.isOpen).toBe(false);
    disk.isSound = true;
    await timers.pass(60_000);
    expect(disk.opened[2]?.isOpen).toBe(true);
    expect(logger.warn).not.toHaveBeenCalled();
  });
});

describe('closing', () => {
  it('ends timers and watches, waits for the scan that goes on, and may be called again', async () => {
    let finish: () => void = () => undefined;
    const scan: Scan = () => new Promise((resolve) => (finish = () => resolve({ offlineRoots: [] })));
    const { service, timers, scanned, disk, change } = setUp([{ mode: 'watch' }, { mode: 'interval' }], { scan });
    await timers.pass(0);
    change();
    let isClosed = false;
    const closing = Promise.all([service.close(), service.close()]).then(() => (isClosed = true));
    await timers.pass(0);
    expect(isClosed).toBe(false);
    finish();
    await closing;
    expect(timers.due).toEqual([]);
    change();
    await timers.pass(3_600_000);
    expect(scanned).toHaveLength(1);
    expect(timers.due).toEqual([]);
    expect(disk.opened.every(({ isOpen }) => !isOpen)).toBe(true);
    service.begin();
    await timers.pass(3_600_000);
    expect(scanned).toHaveLength(1);
  });
});

describe('a root that becomes due while the last scan ends', () => {
  it('a change is followed by a scan that begins after it, however the two fall together', async () => {
    for (let ticks = 0; ticks < 16; ticks++) {
      let change: () => void = () => undefined;
      const scan: Scan = async () => {
        const noticed = change;
        change = () => undefined;
        void (async () => {
          for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
          noticed();
        })();
        return { offlineRoots: [] };
      };
      const { timers, scanned, disk } = setUp([{ mode: 'watch' }], { scan });
      await timers.pass(1_000);
      const before = scanned.length;
      // A watch that breaks is due at once.
      change = () => disk.opened[0]?.options.onError(failure('EIO'));
      disk.opened[0]?.options.onChange('/x');
      await timers.pass(10_000);
      expect(scanned.length - before).toBeGreaterThanOrEqual(2);
    }
  });
});
