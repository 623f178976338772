import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiskLanes } from '../../../src/services/digests/disk-lanes.js';
import { TaskHeap } from '../../../src/services/digests/task-heap.js';

const runs = process.env['MODELSHELF_DEEP'] === '1' ? 2000 : 150;
const ranked = fc.record({ rank: fc.nat(2), size: fc.nat(5) });

describe('TaskHeap', () => {
  it('gives out by rank, then by size, then in the order of coming', () => {
    fc.assert(
      fc.property(fc.array(fc.option(ranked), { maxLength: 60 }), (steps) => {
        const heap = new TaskHeap<{ rank: number; size: number; at: number }>();
        const model: { rank: number; size: number; at: number }[] = [];
        for (const [at, step] of steps.entries()) {
          if (step === null) {
            expect(heap.pop()).toEqual(model.shift());
          } else {
            heap.push({ ...step, at });
            model.push({ ...step, at });
            model.sort((a, b) => a.rank - b.rank || a.size - b.size || a.at - b.at);
          }
          expect([heap.size, heap.first]).toEqual([model.length, model[0]]);
        }
      }),
      { numRuns: runs },
    );
  });
});

describe('DiskLanes', () => {
  it('no disk ever has more than `streamsPerDisk` tasks running, and no more than `disks` disks have any', async () => {
    const task = fc.record({ disk: fc.nat(4), rank: fc.nat(2), size: fc.nat(5), turns: fc.nat(4) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(task, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        async (tasks, streamsPerDisk, disks) => {
          const lanes = new DiskLanes({ streamsPerDisk, disks });
          const running = new Map<number, number>();
          let ended = 0;
          for (const { disk, rank, size, turns } of tasks) {
            const start = async (): Promise<void> => {
              running.set(disk, (running.get(disk) ?? 0) + 1);
              expect(running.get(disk)).toBeLessThanOrEqual(streamsPerDisk);
              expect([...running.values()].filter((count) => count > 0).length).toBeLessThanOrEqual(disks);
              for (let i = 0; i < turns; i += 1) await Promise.resolve();
              running.set(disk, (running.get(disk) ?? 0) - 1);
              ended += 1;
            };
            lanes.add(disk, { rank, size, start });
          }
          lanes.pump();
          for (let i = 0; ended < tasks.length && i < 2000; i += 1) await Promise.resolve();
          expect(ended).toBe(tasks.length);
        },
      ),
      { numRuns: runs },
    );
  });
});
