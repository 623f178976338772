import type { EMBEDDING_ROUTE_DEFINITIONS } from '../routes/embedding-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import { modelInfoOf } from './model-info.js';
import type { ModelService } from './model-service.js';

/** One callable per route that only embeddings have. */
type EmbeddingHandlers = HandlersOf<typeof EMBEDDING_ROUTE_DEFINITIONS>;

/** What only embeddings are asked. */
export class EmbeddingHandler implements EmbeddingHandlers {
  readonly #service: Pick<ModelService, 'catalog' | 'modelType'>;

  constructor(service: Pick<ModelService, 'catalog' | 'modelType'>) {
    this.#service = service;
  }

  readonly getEmbeddingInfo: EmbeddingHandlers['getEmbeddingInfo'] = ({ name }) => modelInfoOf(this.#service, name);
}
