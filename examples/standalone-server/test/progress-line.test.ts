import { ProgressEmitter, ProgressSnapshots, type ProgressEvents } from '@modelshelf/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressLine } from '../src/progress-line.js';

type Scan = ProgressEvents['scan'];
type Digest = ProgressEvents['digest'];

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A line that follows an emitter and keeps what it writes. */
function follow(output: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const progress = new ProgressEmitter(new ProgressSnapshots({ now: () => 0 }), (error) => {
    throw error;
  });
  const line = new ProgressLine({ ...output, write: (text) => written.push(text) });
  return {
    line,
    written,
    unfollow: line.follow({ progress }),
    scan: (percent: number, changes: Partial<Scan> = {}) =>
      progress.publish('scan', changes.pageType ?? 'loras', {
        stage: 'process_models',
        progress: percent,
        details: `at ${percent}`,
        scanner_type: 'lora',
        pageType: 'loras',
        ...changes,
      }),
    digest: (done: number, changes: Partial<Digest> = {}) =>
      progress.publish('digest', 'digest', {
        status: 'running',
        files_done: done,
        files_failed: 0,
        files_total: 4,
        bytes_done: done * 10,
        bytes_total: 40,
        bytes_per_second: 10,
        seconds_left: 4 - done,
        ...changes,
      }),
  };
}

describe('progress on a terminal', () => {
  it('is one line that is redrawn and vanishes at the end', () => {
    const { written, scan } = follow({ isTTY: true, columns: 200 });
    scan(0);
    scan(50);
    scan(50);
    scan(100, { status: 'complete' });
    expect(written.map((text) => text.replace('\r\u001b[2K', '<'))).toEqual([
      `<[${'-'.repeat(24)}]   0 % at 0`,
      `<[${'#'.repeat(12)}${'-'.repeat(12)}]  50 % at 50`,
      '<',
    ]);
  });

  it('is the mean of the types that are scanned', () => {
    const { written, scan } = follow({ isTTY: true });
    scan(100, { status: 'complete' });
    scan(0, { pageType: 'loras' });
    scan(50, { pageType: 'checkpoints' });
    expect(written.at(-1)).toContain(' 25 % at 50');
    scan(3, { pageType: 'loras', status: 'error' });
    scan(99, { pageType: 'checkpoints', status: 'cancelled' });
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('never wraps', () => {
    const { written, scan } = follow({ isTTY: true, columns: 40 });
    scan(10, { details: 'x'.repeat(500) });
    expect(written.at(-1)?.replace('\r\u001b[2K', '')).toHaveLength(39);
  });

  it('stays below a line that is printed meanwhile', () => {
    const { line, written, digest, unfollow } = follow({ isTTY: true });
    line.print('first');
    digest(1);
    line.print('second');
    unfollow();
    line.print('third');
    const bar = `[${'#'.repeat(6)}${'-'.repeat(18)}]  25 % Digests: 1/4 files, 3 s left`;
    expect(written).toEqual(['first\n', `\r\u001b[2K${bar}`, `\r\u001b[2Ksecond\n${bar}`, '\r\u001b[2K', 'third\n']);
  });
});

describe('progress elsewhere', () => {
  it('says nothing of work that takes less than a second', () => {
    const { written, scan } = follow({});
    scan(10);
    vi.advanceTimersByTime(900);
    scan(100, { status: 'complete' });
    vi.advanceTimersByTime(60_000);
    expect(written).toEqual([]);
  });

  it('is at most one plain line a second, and fewer the longer it takes', () => {
    const { written, digest } = follow({ isTTY: false });
    const linesAfter = (seconds: number) => {
      for (let step = 0; step < seconds * 10; step += 1) {
        digest(1 + (step % 3));
        vi.advanceTimersByTime(100);
      }
      return written.length;
    };
    expect(linesAfter(1)).toBe(1);
    expect(linesAfter(10)).toBeLessThanOrEqual(4);
    expect(linesAfter(600)).toBeLessThanOrEqual(30);
    expect(written.every((text) => /^\[[#-]+\].*\n$/.test(text))).toBe(true);
  });

  it('shows the newest when it speaks', () => {
    const { written, scan } = follow({});
    for (let percent = 0; percent < 50; percent += 1) scan(percent);
    vi.advanceTimersByTime(1000);
    expect(written).toEqual([expect.stringContaining('at 49\n')]);
  });
});
