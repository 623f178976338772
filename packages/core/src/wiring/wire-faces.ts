import type { BaseModelRoutes } from '../base-model-routes.js';
import { ModelshelfError } from '../errors.js';
import {
  createModelFace,
  type CheckpointFace,
  type EmbeddingFace,
  type LoraFace,
  type ModelFace,
} from '../library-api.js';
import type { ResolveHandler } from '../model-route-registrar.js';
import { CHECKPOINT_ROUTE_DEFINITIONS } from '../routes/checkpoint-route-definitions.js';
import { COMMON_ROUTE_DEFINITIONS } from '../routes/common-route-definitions.js';
import { EMBEDDING_ROUTE_DEFINITIONS } from '../routes/embedding-route-definitions.js';
import { LORA_ROUTE_DEFINITIONS } from '../routes/lora-route-definitions.js';

/** The routes of model types as functions. */
export interface ModelFaces {
  readonly loras: LoraFace;
  readonly checkpoints: CheckpointFace;
  readonly embeddings: EmbeddingFace;
  /** The common routes of any model type by its prefix; throws `not_found`. */
  model(prefix: string): ModelFace;
}

/** Builds the in-process faces over the same proxies as HTTP has. */
export function wireFaces(controllers: readonly BaseModelRoutes[], basePath: string): ModelFaces {
  const proxiesOf = (prefix: string): ((handler: string) => ResolveHandler) => {
    const controller = controllers.find(({ modelType }) => modelType.prefix === prefix);
    if (controller === undefined) {
      throw new ModelshelfError('not_found', `No model type has the prefix "${prefix}".`);
    }
    return (handler) => controller.handlerProxy(handler);
  };
  const model = (prefix: string): ModelFace => createModelFace(COMMON_ROUTE_DEFINITIONS, proxiesOf(prefix), basePath);
  return {
    loras: { ...model('loras'), ...createModelFace(LORA_ROUTE_DEFINITIONS, proxiesOf('loras'), basePath) },
    checkpoints: {
      ...model('checkpoints'),
      ...createModelFace(CHECKPOINT_ROUTE_DEFINITIONS, proxiesOf('checkpoints'), basePath),
    },
    embeddings: {
      ...model('embeddings'),
      ...createModelFace(EMBEDDING_ROUTE_DEFINITIONS, proxiesOf('embeddings'), basePath),
    },
    model,
  };
}
