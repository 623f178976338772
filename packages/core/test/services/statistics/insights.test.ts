import { describe, expect, it } from 'vitest';
import { insightsOf } from '../../../src/services/statistics/insights.js';
import { readableSize } from '../../../src/services/statistics/readable-size.js';

const GIB = 1024 ** 3;
const quiet = { counts: {}, totalSize: 0, executions: 0 };

describe('insights', () => {
  it.each([
    ['loras', 50, 'insights.unusedLoras.high'],
    ['checkpoints', 30, 'insights.unusedCheckpoints.detected'],
    ['embeddings', 50, 'insights.unusedEmbeddings.high'],
  ])('warn of %s when more than %i %% were never used', (prefix, percent, key) => {
    const unused = percent * 2;
    expect(insightsOf({ ...quiet, counts: { [prefix]: { count: 200, unused } } })).toEqual([]);
    const params = { percent: (percent + 0.5).toFixed(1), count: String(unused + 1), total: '200' };
    expect(insightsOf({ ...quiet, counts: { [prefix]: { count: 200, unused: unused + 1 } } })).toEqual([
      { type: 'warning', key, params },
    ]);
  });

  it('round the percentage to one decimal', () => {
    const [insight] = insightsOf({ ...quiet, counts: { loras: { count: 3, unused: 2 } } });
    expect(insight?.params).toEqual({ percent: '66.7', count: '2', total: '3' });
  });

  it('speak of size above 100 GiB and of activity above 100 runs, and keep their order', () => {
    expect(insightsOf({ ...quiet, totalSize: 100 * GIB, executions: 100 })).toEqual([]);
    const counts = { loras: { count: 1, unused: 1 } };
    expect(insightsOf({ counts, totalSize: 100 * GIB + 1, executions: 101 })).toEqual([
      { type: 'warning', key: 'insights.unusedLoras.high', params: { percent: '100.0', count: '1', total: '1' } },
      { type: 'info', key: 'insights.collection.large', params: { size: '100.0 GB' } },
      { type: 'success', key: 'insights.activity.active', params: { count: '101' } },
    ]);
  });
});

it('a readable size has one decimal and the largest unit that keeps it at 1 or more', () => {
  expect([0, 1023, 1024, 1536, 123.44 * GIB, 5 * 1024 ** 4, 2048 * 1024 ** 5].map(readableSize)).toEqual([
    '0.0 B',
    '1023.0 B',
    '1.0 KB',
    '1.5 KB',
    '123.4 GB',
    '5.0 TB',
    '2048.0 PB',
  ]);
});
