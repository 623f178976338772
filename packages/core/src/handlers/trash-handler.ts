import type { HandlersOf } from '../routes/route-io.js';
import type { TRASH_ROUTE_DEFINITIONS } from '../routes/trash-route-definitions.js';
import type { PurgeSelection } from '../services/trash/purge-trash.js';
import type { TrashService } from '../services/trash/trash-service.js';

type TrashHandlers = HandlersOf<typeof TRASH_ROUTE_DEFINITIONS>;

/** What was deleted, over all model types; `service` throws `service_not_ready` until there is one. */
export class TrashHandler {
  readonly #service: () => TrashService;

  constructor(service: () => TrashService) {
    this.#service = service;
  }

  readonly undoDelete: TrashHandlers['undoDelete'] = async ({ batch_id }) => {
    const { restored, kind } = await this.#service().restore(batch_id);
    return { kind: 'json', body: { success: true, restored: [...restored], kind } };
  };

  readonly listTrash: TrashHandlers['listTrash'] = async ({ page, page_size, batch_id }) => {
    const { batches, total, bytes } = await this.#service().list({ page, pageSize: page_size, batchId: batch_id });
    return {
      kind: 'json',
      body: {
        success: true,
        batches: batches.map((batch) => ({
          ...batch,
          models: [...batch.models],
          files: [...batch.files],
          folders: [...batch.folders],
        })),
        total,
        page,
        page_size,
        total_pages: Math.ceil(total / page_size),
        bytes,
      },
    };
  };

  readonly restoreTrash: TrashHandlers['restoreTrash'] = async ({ batch_id, file_paths }) => {
    const { restored, kind, remaining } = await this.#service().restore(batch_id, file_paths);
    return { kind: 'json', body: { success: true, restored: [...restored], kind, remaining } };
  };

  readonly purgeTrash: TrashHandlers['purgeTrash'] = async ({ batch_ids, older_than_days }) => {
    const { purged, kept, filesRemoved, bytesFreed } = await this.#service().purge(
      selectionOf(batch_ids, older_than_days),
    );
    return {
      kind: 'json',
      body: {
        success: true,
        purged: [...purged],
        kept: [...kept],
        files_removed: filesRemoved,
        bytes_freed: bytesFreed,
      },
    };
  };
}

/** The schema lets exactly one of them through, or a confirmed "all". */
function selectionOf(ids: readonly string[] | undefined, days: number | undefined): PurgeSelection {
  if (ids !== undefined) return { kind: 'ids', ids };
  return days === undefined ? { kind: 'all' } : { kind: 'older_than', days };
}
