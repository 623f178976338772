import type { ModelCatalog } from '../catalog/model-catalog.js';
import type { ScanResult } from '../catalog/model-scanner.js';
import type { ProgressEmitter } from '../progress/progress-emitter.js';

const MOVES_TOLD = 1_000;

/** What a scan changed, as far as it is known. */
type Changes = Partial<Pick<ScanResult, 'added' | 'changed' | 'removed' | 'moved'>>;

/** Tells every client of a catalog that it changed; says nothing when it did not. */
export function createChangeTeller(
  progress: ProgressEmitter,
  prefix: string,
  catalog: ModelCatalog,
): { tell(changes?: Changes): void } {
  let told = catalog.version;
  return {
    tell: ({ added, changed, removed, moved } = {}) => {
      if (catalog.version === told) return;
      told = catalog.version;
      progress.publish('models_changed', prefix, {
        type: 'models_changed',
        pageType: prefix,
        version: catalog.version,
        ...(added === undefined ? {} : { added }),
        ...(changed === undefined ? {} : { changed }),
        ...(removed === undefined ? {} : { removed }),
        ...(moved === undefined || moved.length === 0 ? {} : { moved: moved.slice(0, MOVES_TOLD) }),
      });
    },
  };
}
