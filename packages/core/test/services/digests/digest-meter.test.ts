import { expect, it } from 'vitest';
import { DigestMeter } from '../../../src/services/digests/digest-meter.js';
import type { DigestProgress } from '../../../src/shapes/progress.js';

function setUp() {
  const time = { now: 5000 };
  const told: DigestProgress[] = [];
  const meter = new DigestMeter({ now: () => time.now }, (progress) => told.push(progress));
  return { time, told, meter };
}

it('P-5: tells bytes a second over the last seconds, and the time that is left', () => {
  const { time, told, meter } = setUp();
  meter.expect(1, 100_000);
  const file = meter.file(100_000);
  // Fast for ten seconds, then slow.
  for (let second = 1; second <= 10; second += 1) {
    time.now += 1000;
    file.read(second * 5000);
  }
  expect(told.at(-1)).toMatchObject({ bytes_done: 50_000, bytes_per_second: 5000, seconds_left: 10 });
  for (let second = 1; second <= 15; second += 1) {
    time.now += 1000;
    file.read(50_000 + second * 100);
  }
  expect(told.at(-1)).toMatchObject({ bytes_done: 51_500, bytes_per_second: 100, seconds_left: 485 });
});

it('tells the beginning at once, goes on twice a second at most, and tells the end at once', () => {
  const { time, told, meter } = setUp();
  meter.expect(2, 20);
  const file = meter.file(10);
  for (let i = 1; i <= 10; i += 1) {
    time.now += 100;
    file.read(i);
  }
  file.end('done');
  expect(told.map(({ bytes_done }) => bytes_done)).toEqual([0, 5, 10]);
  meter.file(10).end('failed');
  meter.settle(false);
  expect(told.at(-1)).toMatchObject({
    status: 'complete',
    files_done: 1,
    files_failed: 1,
    files_total: 2,
    bytes_done: 20,
  });
  expect(told).toHaveLength(4);
});

it('the last snapshot of a run, and no other one, is terminal', () => {
  const { told, meter } = setUp();
  meter.settle(false);
  meter.expect(1, 10);
  const file = meter.file(10);
  file.end('done');
  meter.settle(false);
  // What comes too late tells nothing.
  file.read(3);
  meter.settle(true);
  meter.expect(1, 10);
  meter.settle(true);
  expect(told.map(({ status, files_total }) => [status, files_total])).toEqual([
    ['running', 1],
    ['complete', 1],
    ['running', 1],
    ['cancelled', 1],
  ]);
});

it('a file that begins again is not counted twice, and its bytes count for the speed', () => {
  const { time, told, meter } = setUp();
  meter.expect(1, 100);
  const file = meter.file(100);
  time.now += 1000;
  file.read(80);
  file.read(0);
  time.now += 1000;
  file.read(50);
  expect(told.at(-1)).toMatchObject({ bytes_done: 50, bytes_total: 100, bytes_per_second: 65, seconds_left: 1 });
});

it('what is left or shared counts no longer', () => {
  const { told, meter } = setUp();
  meter.expect(3, 30);
  meter.file(10).end('done');
  meter.file(10).end('shared');
  meter.settle(false);
  expect(told.at(-1)).toMatchObject({ status: 'complete', files_done: 1, files_total: 2, bytes_total: 20 });
  meter.expect(1, 10);
  const file = meter.file(10);
  file.read(5);
  file.end('left');
  meter.settle(false);
  expect(told.at(-1)).toMatchObject({ status: 'cancelled', files_total: 0, bytes_done: 0, bytes_total: 0 });
});
