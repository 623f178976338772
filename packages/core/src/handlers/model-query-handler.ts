import type { CountedValue } from '../catalog/counted-values.js';
import { toForwardSlashes } from '../disk/normalise-path.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelService } from './model-service.js';

const limited = (values: readonly CountedValue[], limit: number): readonly CountedValue[] =>
  limit === 0 ? values : values.slice(0, limit);

const tagReply = (tags: readonly CountedValue[]) => ({
  kind: 'json' as const,
  body: { success: true as const, tags: tags.map(({ value, count }) => ({ tag: value, count })) },
});

/** Questions about all models of a type taken together. */
export class ModelQueryHandler {
  readonly #service: ModelService;

  constructor(service: ModelService) {
    this.#service = service;
  }

  readonly getTopTags: ModelHandlers['getTopTags'] = ({ limit }) =>
    tagReply(limited(this.#service.catalog.rankedTags(), limit));

  readonly searchTags: ModelHandlers['searchTags'] = ({ q, limit }) => {
    const wanted = (q ?? '').trim().toLowerCase();
    const { catalog } = this.#service;
    return tagReply(limited(wanted === '' ? catalog.rankedTags() : catalog.searchTags(wanted), limit));
  };

  readonly getBaseModels: ModelHandlers['getBaseModels'] = ({ limit }) => {
    const baseModels = limited(this.#service.catalog.rankedBaseModels(), limit);
    const base_models = baseModels.map(({ value, count }) => ({ name: value, count }));
    return { kind: 'json', body: { success: true, base_models } };
  };

  readonly getModelTypes: ModelHandlers['getModelTypes'] = ({ limit }) => {
    const { catalog, modelType } = this.#service;
    const { countedSubTypes } = modelType;
    const counted = catalog.rankedSubTypes().filter(({ value }) => countedSubTypes?.includes(value) ?? true);
    const model_types = limited(counted, limit).map(({ value, count }) => ({ type: value, count }));
    return { kind: 'json', body: { success: true, model_types } };
  };

  readonly getModelRoots: ModelHandlers['getModelRoots'] = () => ({
    kind: 'json',
    body: { success: true, roots: this.#service.roots.map(({ path }) => path) },
  });

  readonly getFolders: ModelHandlers['getFolders'] = () => ({
    kind: 'json',
    body: { success: true, folders: [...this.#service.catalog.folders()] },
  });

  /** The folders of one root, given by its path or its id; none of a folder that is no root. */
  readonly getFolderTree: ModelHandlers['getFolderTree'] = ({ model_root }) => {
    const { catalog, roots } = this.#service;
    const wanted = toForwardSlashes(model_root).replace(/(?<=[^/])\/$/, '');
    const root = roots.find(({ id, path }) => path === wanted || id === wanted);
    return { kind: 'json', body: { success: true, tree: root === undefined ? {} : catalog.folderTree(root.id) } };
  };

  readonly getUnifiedFolderTree: ModelHandlers['getUnifiedFolderTree'] = () => ({
    kind: 'json',
    body: { success: true, tree: this.#service.catalog.folderTree() },
  });
}
