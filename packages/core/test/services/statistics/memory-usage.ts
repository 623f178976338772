import type { ModelUse, UsageLedger } from '../../../src/services/statistics/usage-ledger.js';

/** Uses on the days that a test says. */
export class MemoryUsage implements UsageLedger {
  version = 0;
  executions = 0;
  readonly #totals = new Map<string, Map<string, number>>();
  readonly #history = new Map<string, Map<string, number>>();

  /** Uses of one model on one day. */
  add(bucket: string, sha256: string, count: number, day = '2026-01-01'): void {
    increase(this.#totals, bucket, sha256, count);
    increase(this.#history, bucket, day, count);
    this.version++;
  }

  countOf(bucket: string, sha256: string): number {
    return this.#totals.get(bucket)?.get(sha256) ?? 0;
  }

  *rows(bucket: string): Iterable<[string, { total: number }]> {
    for (const [sha256, total] of this.#totals.get(bucket) ?? []) yield [sha256, { total }];
  }

  historyOf(bucket: string): ReadonlyMap<string, number> {
    return this.#history.get(bucket) ?? new Map();
  }

  async record(uses: readonly ModelUse[], { executions }: { executions: number }): Promise<void> {
    for (const { bucket, sha256 } of uses) this.add(bucket, sha256, 1);
    this.executions += executions;
    this.version++;
  }
}

function increase(counts: Map<string, Map<string, number>>, bucket: string, key: string, count: number): void {
  const of = counts.get(bucket) ?? new Map<string, number>();
  counts.set(bucket, of.set(key, (of.get(key) ?? 0) + count));
}
