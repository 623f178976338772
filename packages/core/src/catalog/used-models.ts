import { BitSet } from './bit-set.js';
import type { CatalogRecord } from './catalog-record.js';
import type { OrderState } from './listing-orders.js';

interface UsedModelsSources {
  readonly records: () => Iterable<CatalogRecord>;
  readonly usageOf: (record: CatalogRecord) => number;
  readonly state: () => OrderState;
}

/** The models that were used at least once; the counts are kept elsewhere, so it is worked out once per state of both. */
export class UsedModels {
  readonly #sources: UsedModelsSources;
  #known: { readonly version: number; readonly usageVersion: number; readonly ids: BitSet } | undefined;

  constructor(sources: UsedModelsSources) {
    this.#sources = sources;
  }

  /** A set to read. */
  ids(): BitSet {
    const { records, usageOf, state } = this.#sources;
    const { version, usageVersion } = state();
    if (this.#known?.version !== version || this.#known.usageVersion !== usageVersion) {
      const ids = new BitSet();
      for (const record of records()) if (usageOf(record) > 0) ids.add(record.id);
      this.#known = { version, usageVersion, ids };
    }
    return this.#known.ids;
  }
}
