import { systemClock, type Clock } from '../../ports/clock.js';
import type { IndexStore } from '../../ports/index-store.js';
import { silentLogger, type Logger } from '../../ports/logger.js';
import { IndexFiles } from './index-files.js';
import { ScopeStore } from './scope-store.js';

/**
 * Opens the index store of a data folder: per model type and set of roots a snapshot and a log of changes below `index/`.
 * Nothing is read or written before `load` and `append`.
 *
 * A snapshot is written to a temporary name and put in place by rename. It is written anew when the log has become longer
 * than half of it, as soon as no more changes come or when the store is closed, a few rows per turn of the event loop.
 */
export function openFileIndexStore(
  dataDir: string,
  logger: Logger = silentLogger,
  clock: Clock = systemClock,
): IndexStore {
  const scopes = new Map<string, ScopeStore>();
  let closed = false;
  return {
    load: async (scope, onRows) => {
      if (closed) return { rows: 0, repaired: 0, invalid: 0, invalidPaths: [] };
      return storeOf(scope).load(onRows);
    },
    append: async (scope, change) => {
      if (closed) throw new Error('The index store is closed.');
      await storeOf(scope).append(change);
    },
    close: async () => {
      closed = true;
      await Promise.all(Array.from(scopes.values(), (scope) => scope.close()));
      scopes.clear();
    },
  };

  function storeOf(scope: Parameters<IndexStore['append']>[0]): ScopeStore {
    const files = new IndexFiles(dataDir, scope);
    const store = scopes.get(files.snapshot) ?? new ScopeStore(files, scope, logger, clock);
    scopes.set(files.snapshot, store);
    return store;
  }
}
