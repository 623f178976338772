import { sep } from 'node:path';
import { relativeTo } from '../disk/normalise-path.js';
import type { CHECKPOINT_ROUTE_DEFINITIONS } from '../routes/checkpoint-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import { modelInfoOf } from './model-info.js';
import type { ModelService } from './model-service.js';

/** One callable per route that only checkpoints have. */
type CheckpointHandlers = HandlersOf<typeof CHECKPOINT_ROUTE_DEFINITIONS>;

/** What only checkpoints are asked. */
export class CheckpointHandler implements CheckpointHandlers {
  readonly #service: ModelService;

  constructor(service: ModelService) {
    this.#service = service;
  }

  readonly getCheckpointInfo: CheckpointHandlers['getCheckpointInfo'] = ({ name }) => modelInfoOf(this.#service, name);

  readonly getCheckpointsRoots: CheckpointHandlers['getCheckpointsRoots'] = () => this.#rootsOf('checkpoint');

  readonly getUnetRoots: CheckpointHandlers['getUnetRoots'] = () => this.#rootsOf('diffusion_model');

  /**
   * What a loader node offers, with the separators of the system: the host application compares them with its own. What
   * lies under a root that was offline at the last scan could not be loaded.
   */
  readonly getLoaderPool: CheckpointHandlers['getLoaderPool'] = ({ sub_type }) => {
    const { catalog, roots, scans } = this.#service;
    const offline = new Set(scans.last?.offlineRoots);
    const rootPaths = new Map(roots.filter(({ id }) => !offline.has(id)).map(({ id, path }) => [id, path]));
    const items: { name: string; base_model: string }[] = [];
    for (const { entry, root, subType } of catalog.records()) {
      const rootPath = rootPaths.get(root);
      if (subType !== sub_type || rootPath === undefined) continue;
      const name = relativeTo(rootPath, entry.file_path).replaceAll('/', sep);
      items.push({ name, base_model: entry.base_model });
    }
    items.sort((a, b) => (a.name < b.name ? -1 : 1));
    return { kind: 'json', body: { success: true, items } };
  };

  #rootsOf(subType: string) {
    const roots = this.#service.roots.filter((root) => root.subType === subType).map(({ path }) => path);
    return { kind: 'json' as const, body: { success: true as const, roots } };
  }
}
