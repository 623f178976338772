import type { IndexLoad } from '../../ports/index-store.js';
import type { IndexHealth } from '../../shapes/progress.js';

const CORRUPTED_FROM = 0.05;
const PATHS_SHOWN = 5;

/**
 * Judges what loading gave, by all rows that the store held: `corrupted` from 5 percent of rows that could not be used,
 * `degraded` above none; undefined for a sound store.
 *
 * @param prefix Prefix of the model type: `loras`.
 */
export function indexHealthOf(prefix: string, load: IndexLoad): IndexHealth | undefined {
  const { rows: valid, invalid, repaired, invalidPaths } = load;
  if (invalid === 0) return undefined;
  const total = valid + invalid;
  const share = invalid / total;
  return {
    type: 'cache_health_warning',
    status: share >= CORRUPTED_FROM ? 'corrupted' : 'degraded',
    message: `${String(invalid)} of ${String(total)} rows of the index could not be used; their models are read again from disk.`,
    pageType: prefix,
    details: {
      total,
      valid,
      invalid,
      repaired,
      corruption_rate: `${(share * 100).toFixed(1)}%`,
      invalid_paths: invalidPaths.slice(0, PATHS_SHOWN),
    },
  };
}
