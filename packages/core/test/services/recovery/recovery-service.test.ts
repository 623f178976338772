import { expect, it, onTestFinished } from 'vitest';
import type { RecoveryReport } from '../../../src/disk/file-engine.js';
import { silentLogger } from '../../../src/ports/logger.js';
import { RecoveryService } from '../../../src/services/recovery/recovery-service.js';

const report = (parts: Partial<RecoveryReport> = {}): RecoveryReport => ({
  undone: 0,
  finished: 0,
  waiting: 0,
  paths: [],
  ...parts,
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function over(reports: readonly (RecoveryReport | Error)[]) {
  let asked = 0;
  let told = 0;
  const service = new RecoveryService({
    engine: {
      recover: async () => {
        const next = reports[Math.min(asked++, reports.length - 1)] ?? report();
        if (next instanceof Error) throw next;
        return next;
      },
    },
    logger: silentLogger,
    onRecovered: () => (told += 1),
    retryMs: 5,
  });
  onTestFinished(() => service.close());
  return { service, asked: () => asked, told: () => told };
}

it('looks once more after the start, when locks of dead processes have become stale, and tells what it recovered then', async () => {
  const { service, asked, told } = over([report(), report({ undone: 1 })]);
  await service.begin();
  expect([asked(), told()]).toEqual([1, 0]);
  await pause(60);
  expect([asked(), told()]).toEqual([2, 1]);
});

it('tries again while something waits or cannot be looked at, and no more once it is closed', async () => {
  const { service, asked } = over([new Error('no disk'), report({ waiting: 1 }), report({ waiting: 1 })]);
  await service.begin();
  await pause(80);
  expect(asked()).toBeGreaterThan(3);
  await service.close();
  const then = asked();
  await pause(40);
  expect(asked()).toBe(then);
});
