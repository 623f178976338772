import { CheckpointHandler } from './handlers/checkpoint-handler.js';
import { EmbeddingHandler } from './handlers/embedding-handler.js';
import { LoraHandler } from './handlers/lora-handler.js';
import type { ModelService } from './handlers/model-service.js';
import { CHECKPOINT_ROUTE_DEFINITIONS } from './routes/checkpoint-route-definitions.js';
import { EMBEDDING_ROUTE_DEFINITIONS } from './routes/embedding-route-definitions.js';
import { LORA_ROUTE_DEFINITIONS } from './routes/lora-route-definitions.js';
import type { RouteDefinition } from './routes/route-definition.js';
import type { AnyRouteHandler } from './routes/route-extension.js';
import type { HandlersOf } from './routes/route-io.js';

/** Routes that only one model type has, with what makes their handlers. */
export interface SpecificModelRoutes {
  readonly routes: readonly RouteDefinition[];
  handlers(service: ModelService): Readonly<Record<string, AnyRouteHandler>>;
}

/** Holds the handlers to the routes: a missing, an extra or a mis-typed one does not compile. */
function specificRoutes<const L extends readonly RouteDefinition[]>(
  routes: L,
  handlers: (service: ModelService) => HandlersOf<L>,
): SpecificModelRoutes {
  return { routes, handlers: (service) => ({ ...handlers(service) }) };
}

const byModelType: ReadonlyMap<string, SpecificModelRoutes> = new Map([
  ['lora', specificRoutes(LORA_ROUTE_DEFINITIONS, (service) => new LoraHandler(service))],
  ['checkpoint', specificRoutes(CHECKPOINT_ROUTE_DEFINITIONS, (service) => new CheckpointHandler(service))],
  ['embedding', specificRoutes(EMBEDDING_ROUTE_DEFINITIONS, (service) => new EmbeddingHandler(service))],
]);

/** The routes that a built-in model type has besides the common ones; undefined for the types of hosts. */
export function specificRoutesOf(modelType: { readonly name: string }): SpecificModelRoutes | undefined {
  return byModelType.get(modelType.name);
}
