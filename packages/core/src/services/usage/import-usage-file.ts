import type { Clock } from '../../ports/clock.js';
import { isJsonObject } from '../../shapes/json.js';
import { dayOf, type ImportedUsage, type UsageRow } from './usage-records.js';

const BUCKETS = ['checkpoints', 'loras', 'embeddings'];
const SHA256 = /^[0-9a-f]{64}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads the usage file of the reference (docs/behaviour.md, "Usage"): counts by SHA-256 with a history, or in the older
 * form plain numbers, which are put on today's date. What is neither is left out.
 */
export function importUsageFile(json: unknown, clock: Clock): ImportedUsage {
  if (!isJsonObject(json)) return { rows: [], executions: 0 };
  const today = dayOf(clock.now());
  const rows: ImportedUsage['rows'][number][] = [];
  for (const bucket of BUCKETS) {
    const counts = json[bucket];
    if (!isJsonObject(counts)) continue;
    for (const [key, value] of Object.entries(counts)) {
      const row = SHA256.test(key) ? rowOf(value, today) : undefined;
      if (row !== undefined) rows.push({ bucket, sha256: key.toLowerCase(), row });
    }
  }
  return { rows, executions: countOf(json['total_executions']) };
}

function rowOf(value: unknown, today: string): UsageRow | undefined {
  if (!isJsonObject(value)) {
    const total = countOf(value);
    return total > 0 ? { total, history: { [today]: total } } : undefined;
  }
  const total = countOf(value['total']);
  const history = isJsonObject(value['history']) ? value['history'] : {};
  const days = Object.entries(history).flatMap(([day, times]): [string, number][] =>
    DAY.test(day) && countOf(times) > 0 ? [[day, countOf(times)]] : [],
  );
  return total > 0 ? { total, history: Object.fromEntries(days) } : undefined;
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
