import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { openRecordLog } from '../../src/disk/record-log.js';
import { memoryRecordLog, type RecordLog } from '../../src/ports/record-log.js';
import { importUsageFile } from '../../src/services/usage/import-usage-file.js';
import { dayOf, openUsage, usageRowSchema, type UsageRow } from '../../src/services/usage/usage-records.js';
import { tempFolder } from '../disk/temp-library.js';

const sha = (n: number): string => n.toString(16).padStart(64, '0');
const NOON = new Date(2026, 2, 9, 12).getTime();
const DAY = 86_400_000;
const clock = { time: NOON, now: () => clock.time };

const openLog = (folder: string): Promise<RecordLog<UsageRow>> =>
  openRecordLog({ file: join(folder, 'usage.ndjson'), format: 'usage', version: 1, schema: usageRowSchema });

describe('usage counts', () => {
  test('count by bucket, digest and day, over a restart', async () => {
    const folder = tempFolder();
    const first = await openLog(folder);
    clock.time = NOON;
    const usage = openUsage(first, clock);
    expect([usage.version, usage.countOf('loras', sha(1)), usage.countOf('loras', ''), usage.totalOf('loras')]).toEqual(
      [0, 0, 0, 0],
    );
    await usage.record(
      [
        { bucket: 'loras', sha256: sha(1) },
        { bucket: 'loras', sha256: sha(10).toUpperCase() },
      ],
      {
        executions: 1,
      },
    );
    await usage.record([
      { bucket: 'loras', sha256: sha(1), times: 2 },
      { bucket: 'loras', sha256: sha(1) },
      { bucket: 'loras', sha256: '' },
      { bucket: 'checkpoints', sha256: sha(1), times: 5 },
    ]);
    clock.time += DAY;
    await usage.record([{ bucket: 'loras', sha256: sha(1) }], { executions: 2 });
    const seen = (of: typeof usage) => ({
      counts: [of.countOf('loras', sha(1)), of.countOf('loras', sha(10)), of.countOf('checkpoints', sha(1))],
      totals: [of.totalOf('loras'), of.totalOf('checkpoints'), of.totalOf('embeddings'), of.executions],
      history: [...of.historyOf('loras')],
      rows: [...of.rows('loras')].map(([digest, { total }]) => [digest, total]),
    });
    expect(seen(usage)).toEqual({
      counts: [5, 1, 5],
      totals: [6, 5, 0, 3],
      history: [
        ['2026-03-09', 5],
        ['2026-03-10', 1],
      ],
      rows: [
        [sha(1), 5],
        [sha(10), 1],
      ],
    });
    expect(usage.version).toBe(3);
    await first.close();
    const second = await openLog(folder);
    expect(seen(openUsage(second, clock))).toEqual(seen(usage));
    await second.close();
  });

  it('P-18: one use writes one row, however many are known', async () => {
    const folder = tempFolder();
    const log = await openLog(folder);
    const usage = openUsage(log, clock);
    await usage.record(Array.from({ length: 1_000 }, (_, n) => ({ bucket: 'loras', sha256: sha(n) })));
    const before = readFileSync(join(folder, 'usage.ndjson'), 'utf8');
    await usage.record([{ bucket: 'loras', sha256: sha(5) }], { executions: 1 });
    const written = readFileSync(join(folder, 'usage.ndjson'), 'utf8').slice(before.length);
    expect(written.trim().split('\n')).toHaveLength(2);
    await log.close();
  });

  test('nothing recorded is nothing changed', async () => {
    const log = memoryRecordLog<UsageRow>();
    const usage = openUsage(log, clock);
    await usage.record([{ bucket: 'loras', sha256: sha(1), times: 0 }]);
    expect([usage.version, log.size]).toEqual([0, 0]);
  });
});

describe('importUsageFile', () => {
  test('takes over counts with history and plain numbers, once', async () => {
    clock.time = NOON;
    const file = {
      loras: {
        [sha(10).toUpperCase()]: { total: 7, history: { '2026-01-02': 3, yesterday: 4, '2026-01-03': -1 } },
        '': 4,
      },
      checkpoints: { [sha(2)]: 9, [sha(3)]: 'many', [sha(4)]: { total: Number.NaN }, [sha(5)]: null },
      embeddings: [],
      total_executions: 12,
      last_save_time: 1,
    };
    const imported = importUsageFile(JSON.parse(JSON.stringify(file)), clock);
    const usage = openUsage(memoryRecordLog(), clock);
    expect(await usage.importOnce(imported)).toBe(true);
    expect(await usage.importOnce(imported)).toBe(false);
    expect([usage.countOf('loras', sha(10)), usage.countOf('checkpoints', sha(2)), usage.executions]).toEqual([
      7, 9, 12,
    ]);
    expect([...usage.historyOf('loras')]).toEqual([['2026-01-02', 3]]);
    expect([...usage.historyOf('checkpoints')]).toEqual([[dayOf(NOON), 9]]);
    expect([[...usage.rows('checkpoints')].length, usage.totalOf('loras'), usage.version]).toEqual([1, 7, 1]);
  });

  test.each([null, [], 'text', 5, {}, { loras: null, checkpoints: [1] }])('%j gives nothing', async (json) => {
    expect(importUsageFile(json, clock)).toEqual({ rows: [], executions: 0 });
  });
});
