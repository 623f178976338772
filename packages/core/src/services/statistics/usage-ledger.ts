import type { UsageCounts } from '../../ports/usage-counts.js';

/** One use of one model. */
export interface ModelUse {
  /** Prefix of the model type: `loras`. */
  readonly bucket: string;
  readonly sha256: string;
}

/** What statistics need of the usage records; `services/usage` keeps them. */
export interface UsageLedger extends UsageCounts {
  /** Runs of the host application that were ever recorded. */
  readonly executions: number;
  /** Every digest that was ever used, whether a model here has it or not. */
  rows(bucket: string): Iterable<readonly [sha256: string, row: { readonly total: number }]>;
  /** Uses per day, by `YYYY-MM-DD` as the clock of the host shows it. */
  historyOf(bucket: string): ReadonlyMap<string, number>;
  /** Counts one use of each model, and runs. */
  record(uses: readonly ModelUse[], also: { readonly executions: number }): Promise<void>;
}
