import { z } from 'zod';
import type { Clock } from '../../ports/clock.js';
import type { RecordLog } from '../../ports/record-log.js';
import type { UsageCounts } from '../../ports/usage-counts.js';

/** How often one model was used, in all and by day (`YYYY-MM-DD`). */
export interface UsageRow {
  readonly total: number;
  readonly history: Readonly<Record<string, number>>;
}

/** Rows of the log: by `<bucket>:<sha256>`, and the executions under a key of their own. */
export const usageRowSchema: z.ZodType<UsageRow> = z.object({
  total: z.int().nonnegative(),
  history: z.record(z.string(), z.int().nonnegative()),
});

/** One use of a model. */
export interface Usage {
  /** Prefix of the model type: `loras`. */
  readonly bucket: string;
  readonly sha256: string;
  /** Default 1. */
  readonly times?: number | undefined;
}

/** How often models were used; it outlives the models themselves. */
export interface UsageService extends UsageCounts {
  /** How many runs of the host application were recorded, whatever models they used. */
  readonly executions: number;
  /** Days on which models of a bucket were used, with how often. */
  historyOf(bucket: string): ReadonlyMap<string, number>;
  /** Uses of all models of a bucket. */
  totalOf(bucket: string): number;
  /** Digest and row of every model of a bucket that was used. */
  rows(bucket: string): Iterable<readonly [sha256: string, row: UsageRow]>;
  /**
   * Counts uses on today's date. Resolves when they are on their way to disk; a failed write rejects, and the counts hold
   * until the process ends.
   *
   * Invariant: each call writes one row per model it names, and one for executions, however many are known.
   */
  record(uses: readonly Usage[], also?: { readonly executions?: number }): Promise<void>;
  /** Takes over what another program counted; does nothing where there are counts already. */
  importOnce(counts: ImportedUsage): Promise<boolean>;
}

/** What another program counted. */
export interface ImportedUsage {
  readonly rows: readonly { readonly bucket: string; readonly sha256: string; readonly row: UsageRow }[];
  readonly executions: number;
}

/** Not a prefix: those have no `/`. */
const EXECUTIONS = '/executions';

interface Bucket {
  readonly rows: Map<string, UsageRow>;
  readonly history: Map<string, number>;
  total: number;
}

/** Opens the usage counts that a log holds. */
export function openUsage(log: RecordLog<UsageRow>, clock: Clock): UsageService {
  const buckets = new Map<string, Bucket>();
  let version = 0;
  for (const [key, row] of log.entries()) enter(key, row);

  return {
    get version() {
      return version;
    },
    get executions() {
      return log.get(EXECUTIONS)?.total ?? 0;
    },
    countOf: (bucket, sha256) => buckets.get(bucket)?.rows.get(sha256.toLowerCase())?.total ?? 0,
    totalOf: (bucket) => buckets.get(bucket)?.total ?? 0,
    historyOf: (bucket) => buckets.get(bucket)?.history ?? new Map<string, number>(),
    rows: (bucket) => buckets.get(bucket)?.rows.entries() ?? [],
    record: async (uses, { executions = 0 } = {}) => {
      const day = dayOf(clock.now());
      const touched = new Map<string, UsageRow>();
      const count = (key: string, times: number): void => {
        if (times > 0) touched.set(key, added(touched.get(key) ?? log.get(key), day, times));
      };
      for (const { bucket, sha256, times = 1 } of uses) if (sha256 !== '') count(keyOf(bucket, sha256), times);
      count(EXECUTIONS, executions);
      await putAll(touched);
    },
    importOnce: async ({ rows, executions }) => {
      if (log.size > 0) return false;
      const imported = new Map(rows.map(({ bucket, sha256, row }) => [keyOf(bucket, sha256), row]));
      if (executions > 0) imported.set(EXECUTIONS, { total: executions, history: {} });
      await putAll(imported);
      return imported.size > 0;
    },
  };

  function enter(key: string, row: UsageRow): void {
    const colon = key.lastIndexOf(':');
    if (colon === -1) return;
    const [name, sha256] = [key.slice(0, colon), key.slice(colon + 1)];
    const bucket = buckets.get(name) ?? {
      rows: new Map<string, UsageRow>(),
      history: new Map<string, number>(),
      total: 0,
    };
    buckets.set(name, bucket);
    const former = bucket.rows.get(sha256);
    bucket.rows.set(sha256, row);
    bucket.total += row.total - (former?.total ?? 0);
    for (const [day, times] of Object.entries(row.history)) {
      const more = times - (former?.history[day] ?? 0);
      if (more !== 0) bucket.history.set(day, (bucket.history.get(day) ?? 0) + more);
    }
  }

  async function putAll(rows: ReadonlyMap<string, UsageRow>): Promise<void> {
    if (rows.size === 0) return;
    version++;
    for (const [key, row] of rows) enter(key, row);
    await Promise.all(Array.from(rows, ([key, row]) => log.put(key, row)));
  }
}

function keyOf(bucket: string, sha256: string): string {
  return `${bucket}:${sha256.toLowerCase()}`;
}

function added(row: UsageRow | undefined, day: string, times: number): UsageRow {
  const history = row?.history ?? {};
  return { total: (row?.total ?? 0) + times, history: { ...history, [day]: (history[day] ?? 0) + times } };
}

/** The day as the host's clock shows it. */
export function dayOf(time: number): string {
  const date = new Date(time);
  const twoDigits = (value: number): string => String(value).padStart(2, '0');
  return `${String(date.getFullYear())}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
