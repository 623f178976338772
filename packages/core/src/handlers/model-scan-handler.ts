import { isModelshelfError } from '../errors.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelService } from './model-service.js';

/** Starting scans, and stopping whatever takes long. */
export class ModelScanHandler {
  readonly #service: Pick<ModelService, 'scans' | 'modelType' | 'writes'>;

  constructor(service: Pick<ModelService, 'scans' | 'modelType' | 'writes'>) {
    this.#service = service;
  }

  /**
   * Scans and waits for the end of a scan that began after the request, so that whatever changed before it is seen;
   * requests at the same time share one. Throws what made the scan fail: a failed scan never reports success.
   */
  readonly scanModels: ModelHandlers['scanModels'] = async ({ full_rebuild }) => {
    const { scans, modelType } = this.#service;
    const result = await scans.execute({ full: full_rebuild, fresh: true }).catch(undefinedWhenCancelled);
    const isCancelled = result === undefined;
    return {
      kind: 'json',
      body: {
        success: true,
        status: isCancelled ? 'cancelled' : 'success',
        message: `${modelType.label} scan ${isCancelled ? 'cancelled' : 'completed'}`,
        issues: [...(result?.issues ?? [])],
        issues_dropped: result?.issuesDropped ?? 0,
      },
    };
  };

  /** Cancels what runs at this moment over models of the type and nothing later; says the same when nothing runs. */
  readonly cancelTask: ModelHandlers['cancelTask'] = () => {
    const { scans, writes } = this.#service;
    const { lifecycle, dedupe, bulkEdits, moves, organize } = writes;
    for (const running of [scans, lifecycle, dedupe, bulkEdits, moves, organize]) running.cancel();
    return { kind: 'json', body: { success: true, status: 'success', message: 'Cancellation requested' } };
  };
}

/** A scan that somebody cancelled did not fail: it is one of the two ways in which it ends. */
function undefinedWhenCancelled(error: unknown): undefined {
  if (!isModelshelfError(error) || error.code !== 'cancelled') throw error;
}
