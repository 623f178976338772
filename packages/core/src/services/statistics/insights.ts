import { readableSize } from './readable-size.js';

/** Something worth knowing about the library: `key` names a text and `params` what its placeholders mean. */
export interface Insight {
  readonly type: 'warning' | 'info' | 'success';
  readonly key: string;
  readonly params: Record<string, string>;
}

/** The sums that insights are drawn from. */
export interface InsightSums {
  /** By prefix of the model type. */
  readonly counts: Readonly<Record<string, { readonly count: number; readonly unused: number }>>;
  readonly totalSize: number;
  readonly executions: number;
}

const unusedRules = [
  { prefix: 'loras', above: 50, key: 'insights.unusedLoras.high' },
  { prefix: 'checkpoints', above: 30, key: 'insights.unusedCheckpoints.detected' },
  { prefix: 'embeddings', above: 50, key: 'insights.unusedEmbeddings.high' },
];
const LARGE_COLLECTION = 100 * 1024 ** 3;
const ACTIVE_EXECUTIONS = 100;

/** What the rules say about a library (docs/behaviour.md, "Statistics"). */
export function insightsOf({ counts, totalSize, executions }: InsightSums): Insight[] {
  const insights: Insight[] = [];
  for (const { prefix, above, key } of unusedRules) {
    const { count, unused } = counts[prefix] ?? { count: 0, unused: 0 };
    if (unused * 100 <= count * above) continue;
    const percent = ((unused / count) * 100).toFixed(1);
    insights.push({ type: 'warning', key, params: { percent, count: String(unused), total: String(count) } });
  }
  if (totalSize > LARGE_COLLECTION) {
    insights.push({ type: 'info', key: 'insights.collection.large', params: { size: readableSize(totalSize) } });
  }
  if (executions > ACTIVE_EXECUTIONS) {
    insights.push({ type: 'success', key: 'insights.activity.active', params: { count: String(executions) } });
  }
  return insights;
}
