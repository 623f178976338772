import type { MOVE_ROUTE_DEFINITIONS } from '../routes/move-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import type { ModelMoveService, MoveRow } from '../services/move/model-move-service.js';
import type { CatalogEntry } from '../shapes/catalog-entry.js';

type MoveHandlers = HandlersOf<typeof MOVE_ROUTE_DEFINITIONS>;

const SAME_FOLDER = 'Source and target directories are the same';

/** Moving models into other folders. */
export class ModelMoveHandler {
  readonly #service: Pick<ModelMoveService, 'moveModel' | 'moveModelsBulk'>;

  constructor(service: Pick<ModelMoveService, 'moveModel' | 'moveModelsBulk'>) {
    this.#service = service;
  }

  readonly moveModel: MoveHandlers['moveModel'] = async ({ file_path, target_path, use_default_paths }) => {
    const target = { targetPath: target_path, useDefaultPaths: use_default_paths };
    const { originalPath, newPath, entry, isSameFolder } = await this.#service.moveModel(file_path, target);
    const paths = { original_file_path: originalPath, new_file_path: newPath };
    if (isSameFolder) return { kind: 'json', body: { success: true, message: SAME_FOLDER, ...paths } };
    return { kind: 'json', body: { success: true, ...paths, cache_entry: entry && copyOf(entry) } };
  };

  readonly moveModelsBulk: MoveHandlers['moveModelsBulk'] = async ({ file_paths, target_path, use_default_paths }) => {
    const target = { targetPath: target_path, useDefaultPaths: use_default_paths };
    const results = (await this.#service.moveModelsBulk(file_paths, target)).map(toRow);
    const moved = results.filter(({ success }) => success).length;
    return {
      kind: 'json',
      body: {
        success: true,
        message: `Moved ${String(moved)} of ${String(file_paths.length)} models`,
        results,
        success_count: moved,
        failure_count: results.length - moved,
      },
    };
  };
}

function toRow(row: MoveRow) {
  const { originalPath: original_file_path } = row;
  if ('error' in row) {
    return { original_file_path, new_file_path: null, success: false, message: row.error, cache_entry: null };
  }
  const { newPath: new_file_path, entry, isSameFolder } = row;
  const message = isSameFolder ? SAME_FOLDER : 'Model moved';
  return { original_file_path, new_file_path, success: true, message, cache_entry: entry && copyOf(entry) };
}

/** The caller may do with it what they like. */
const copyOf = (entry: Readonly<CatalogEntry>): CatalogEntry => structuredClone(entry);
