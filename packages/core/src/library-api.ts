import type { Call } from './ports/call.js';
import { partsOfInput } from './http/parts-of-input.js';
import { validateCall } from './http/validate.js';
import type { ResolveHandler } from './model-route-registrar.js';
import type { CHECKPOINT_ROUTE_DEFINITIONS } from './routes/checkpoint-route-definitions.js';
import type { COMMON_ROUTE_DEFINITIONS } from './routes/common-route-definitions.js';
import type { EMBEDDING_ROUTE_DEFINITIONS } from './routes/embedding-route-definitions.js';
import { LIBRARY_ROUTE_DEFINITIONS } from './routes/library-route-definitions.js';
import type { LORA_ROUTE_DEFINITIONS } from './routes/lora-route-definitions.js';
import type { RouteDefinition } from './routes/route-definition.js';
import type { FaceOf } from './routes/route-io.js';

/**
 * The routes of one model type as functions: schemas and handlers are those of HTTP, guards are not. Each resolves to
 * plain data (or to the reply itself where that is no JSON) and rejects with `ModelshelfError`s.
 *
 * Invariant: answers in process are the caller's own: changing one changes nothing here.
 */
export type ModelFace = FaceOf<typeof COMMON_ROUTE_DEFINITIONS>;

/** Routes of loras as functions: the common ones and their own. */
export type LoraFace = ModelFace & FaceOf<typeof LORA_ROUTE_DEFINITIONS>;

/** The same of checkpoints. */
export type CheckpointFace = ModelFace & FaceOf<typeof CHECKPOINT_ROUTE_DEFINITIONS>;

/** The same of embeddings. */
export type EmbeddingFace = ModelFace & FaceOf<typeof EMBEDDING_ROUTE_DEFINITIONS>;

/** The routes that belong to no model type as functions. */
export type LibraryFace = FaceOf<typeof LIBRARY_ROUTE_DEFINITIONS>;

type AnyCall = (input?: object, options?: { signal?: AbortSignal }) => Promise<unknown>;

const neverAborted = new AbortController().signal;

function callInProcess(definition: RouteDefinition, resolve: ResolveHandler, basePath: string): AnyCall {
  return async (input = {}, options = {}) => {
    const handler = resolve();
    const call: Call = {
      signal: options.signal ?? neverAborted,
      basePath,
      path: definition.path,
      principal: undefined,
      lastEventId: undefined,
      parts: () => partsOfInput(definition.body === 'multipart' ? input : {}),
    };
    const reply = await handler(validateCall(definition, input) as never, call);
    // Handlers answer with what the catalog holds: a caller may change its answer, and not the catalog.
    if (reply.kind === 'json') return structuredClone(reply.body);
    return reply.kind === 'encoded' ? reply.body.value() : reply;
  };
}

/** Builds the in-process face of routes that a model type has. */
export function createModelFace<const L extends readonly RouteDefinition[]>(
  definitions: L,
  resolverOf: (handler: string) => ResolveHandler,
  basePath: string,
): FaceOf<L> {
  const calls = definitions.map((definition) => [
    definition.handler,
    callInProcess(definition, resolverOf(definition.handler), basePath),
  ]);
  return Object.fromEntries(calls) as FaceOf<L>;
}

/** Builds the in-process face of the routes that belong to no model type. */
export function createLibraryFace(
  resolverOf: (handler: (typeof LIBRARY_ROUTE_DEFINITIONS)[number]['handler'], always: boolean) => ResolveHandler,
  basePath: string,
): LibraryFace {
  const calls = LIBRARY_ROUTE_DEFINITIONS.map((definition) => [
    definition.handler,
    callInProcess(definition, resolverOf(definition.handler, 'always' in definition), basePath),
  ]);
  return Object.fromEntries(calls) as LibraryFace;
}
