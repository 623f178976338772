import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pathLockKey, PathLocks } from '../../src/disk/path-locks.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;

it('work over a common key never overlaps, begins in the order of the requests, and never waits for itself in a circle', async () => {
  const keys = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ keys, turns: fc.nat(3), fails: fc.boolean() }), { maxLength: 20 }),
      async (jobs) => {
        const locks = new PathLocks();
        const busy = new Set<string>();
        const begun = new Map<string, number[]>();
        const all = jobs.map(({ keys, turns, fails }, job) =>
          locks.withPaths(keys, async () => {
            for (const key of new Set(keys)) {
              expect(busy.has(key)).toBe(false);
              busy.add(key);
              begun.set(key, [...(begun.get(key) ?? []), job]);
            }
            for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
            for (const key of keys) busy.delete(key);
            if (fails) throw new Error('failed');
            return job;
          }),
        );
        const ends = await Promise.allSettled(all);
        expect(ends.map(({ status }) => status)).toEqual(jobs.map(({ fails }) => (fails ? 'rejected' : 'fulfilled')));
        for (const order of begun.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(locks.size).toBe(0);
      },
    ),
    { numRuns: runs },
  );
});

it('locks models that share what lies beside them together, however case and accents are written', () => {
  expect(pathLockKey('/r/Foo.safetensors')).toBe(pathLockKey('/r/foo.CKPT'));
  expect(pathLockKey('/r/é.pt')).toBe(pathLockKey('/r/e\u0301.pt'));
  expect(pathLockKey('/r/foo.v2.pt')).not.toBe(pathLockKey('/r/foo.pt'));
});

it('tells when nobody holds or waits for anything, also of what comes while it is waited for', async () => {
  const locks = new PathLocks();
  const done: string[] = [];
  const first = locks.withPaths(['a'], async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    done.push('first');
    void locks.withPaths(['b'], async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      done.push('second');
    });
  });
  await locks.idle();
  await first;
  expect(done).toEqual(['first', 'second']);
  await locks.idle();
});
