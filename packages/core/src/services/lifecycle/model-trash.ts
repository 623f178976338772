import type { CatalogRecord } from '../../catalog/catalog-record.js';

/** A batch of the trash that is being filled. */
export interface OpenBatch {
  /** 32 lower hex digits. */
  readonly id: string;
  /**
   * Moves models with all that belongs to them into the trash and takes out their rows, all of them or none; those whose
   * file is gone already only lose their row. To be called while they are locked.
   */
  putAway(
    records: readonly CatalogRecord[],
    options?: { signal?: AbortSignal },
  ): Promise<{ readonly staged: readonly string[]; readonly absent: readonly string[] }>;
}

/** Opens batches for models of one type. */
export type OpenTrash = () => OpenBatch;
