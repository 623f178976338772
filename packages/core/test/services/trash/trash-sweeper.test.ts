import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/ports/logger.js';
import type { PurgeResult, PurgeSelection } from '../../../src/services/trash/purge-trash.js';
import { TrashSweeper } from '../../../src/services/trash/trash-sweeper.js';

const nothing: PurgeResult = { purged: [], kept: [], filesRemoved: 0, bytesFreed: 0 };

/** A sweeper whose hours a test lets pass. */
function sweeping(purge: (selection: PurgeSelection) => Promise<PurgeResult>) {
  const hours: { ms: number; run: () => void }[] = [];
  let stopped = 0;
  const sweeper = new TrashSweeper({
    trash: { purge },
    logger: silentLogger,
    every: (ms, run) => {
      hours.push({ ms, run });
      return () => void (stopped += 1);
    },
  });
  return { sweeper, hours, stopped: () => stopped };
}

describe('TrashSweeper', () => {
  it('removes what has expired at the start and every hour, and stops when it is closed', async () => {
    const asked: PurgeSelection[] = [];
    const { sweeper, hours, stopped } = sweeping(async (selection) => {
      asked.push(selection);
      return nothing;
    });
    sweeper.begin();
    sweeper.begin();
    await new Promise(setImmediate);
    expect(hours.map(({ ms }) => ms)).toEqual([3_600_000]);
    hours[0]?.run();
    await sweeper.close();
    expect(asked).toEqual([{ kind: 'expired' }, { kind: 'expired' }]);
    expect(stopped()).toBe(1);
  });

  it('outlives a sweep that fails, and does not begin one before the last has ended', async () => {
    let ends: (() => void) | undefined;
    let begun = 0;
    const { sweeper, hours } = sweeping(async () => {
      begun += 1;
      await new Promise<void>((resolve) => (ends = resolve));
      throw new Error('broken');
    });
    sweeper.begin();
    hours[0]?.run();
    expect(begun).toBe(1);
    ends?.();
    await new Promise(setImmediate);
    hours[0]?.run();
    expect(begun).toBe(2);
    ends?.();
    await sweeper.close();
  });
});
