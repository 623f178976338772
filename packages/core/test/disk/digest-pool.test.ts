import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Digester, FileDigest } from '../../src/disk/digest-in-worker.js';
import { createDigesterPool } from '../../src/disk/digest-pool.js';
import { put, tempFolder } from './temp-library.js';

const result: FileDigest = { digest: { sha256: 'x' }, file: { size: 1, mtimeMs: 1, ino: 1 } };

function setUp(idleMs?: number) {
  const counts = { made: 0, closed: 0, running: 0 };
  const waiting: (() => void)[] = [];
  const create = (): Digester => {
    counts.made += 1;
    return {
      digest: async () => {
        counts.running += 1;
        await new Promise<void>((resolve) => waiting.push(resolve));
        counts.running -= 1;
        return result;
      },
      close: () => Promise.resolve(void (counts.closed += 1)),
    };
  };
  const pool = createDigesterPool({ create, ...(idleMs === undefined ? {} : { idleMs }) });
  onTestFinished(() => pool.close());
  return { pool, counts, finish: () => waiting.splice(0).forEach((each) => each()) };
}

it('starts threads when they are needed and uses them again', async () => {
  const { pool, counts, finish } = setUp();
  expect(counts.made).toBe(0);
  for (let round = 0; round < 3; round += 1) {
    const digests = [pool.digest('/a'), pool.digest('/b')];
    expect(counts.running).toBe(2);
    finish();
    await Promise.all(digests);
  }
  expect(counts).toEqual({ made: 2, closed: 0, running: 0 });
});

it('ends threads after a while without work, and only then', async () => {
  const { pool, counts, finish } = setUp(30);
  const [first, second] = [pool.digest('/a'), pool.digest('/b')];
  finish();
  await first;
  await second;
  const third = pool.digest('/c');
  await sleep(60);
  expect(counts.closed).toBe(0);
  finish();
  await third;
  await sleep(60);
  expect(counts.closed).toBe(2);
  const later = pool.digest('/d');
  finish();
  await later;
  expect(counts.made).toBe(3);
});

it('takes nothing after closing', async () => {
  const { pool, counts } = setUp();
  await pool.close();
  await expect(pool.digest('/a')).rejects.toMatchObject({ code: 'library_closed' });
  expect(counts.made).toBe(0);
});

it('reads with real threads at the same time, and does not keep the process alive', async () => {
  const folder = tempFolder();
  const pool = createDigesterPool();
  onTestFinished(() => pool.close());
  const digests = await Promise.all([1, 2, 3].map((n) => pool.digest(put(folder, String(n), Buffer.alloc(n)))));
  expect(digests.map(({ file }) => file.size)).toEqual([1, 2, 3]);
  expect(process.getActiveResourcesInfo()).not.toContain('MessagePort');
});
