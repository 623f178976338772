/** How often models were used, by digest. */
export interface UsageCounts {
  /** Rises with every change. */
  readonly version: number;
  /** 0 for an unknown digest and for an empty one. @param bucket Prefix of the model type: `loras`. */
  countOf(bucket: string, sha256: string): number;
}

/** Nothing was ever used. */
export const noUsage: UsageCounts = { version: 0, countOf: () => 0 };
