import { ModelshelfError } from '../errors.js';
import type { Call } from '../ports/call.js';
import type { ExtensionContext } from '../ports/extension-context.js';
import type { Reply } from '../shapes/reply.js';
import type { RouteDefinition } from './route-definition.js';
import type { HandlersOf } from './route-io.js';

/** A handler whose route is known at run time only: what it takes was checked by the route's own schemas. */
export type AnyRouteHandler = (input: never, call: Call) => Reply | Promise<Reply>;

/** Routes of a model type or of a host, with their handlers: the one form in which routes are added. */
export interface RouteExtension {
  readonly routes: readonly RouteDefinition[];
  /** Called once per binding: for every model type when the routes are of scope `model`. */
  handlers(context: ExtensionContext): Readonly<Record<string, AnyRouteHandler>>;
}

/** The handler that a route names; throws `invalid_configuration` when an untyped extension left it out. */
export function handlerNamed(name: string, handlers: Readonly<Record<string, AnyRouteHandler>>): AnyRouteHandler {
  const handler = handlers[name];
  if (handler === undefined) throw new ModelshelfError('invalid_configuration', `No handler is named "${name}".`);
  return handler;
}

/**
 * Ties routes to handlers: a missing, an extra or a mis-typed handler does not compile.
 *
 * @example
 * const ping = defineExtension({
 *   routes: defineRoutes([{ handler: 'getPing', methods: ['GET'], path: '/api/ping', scope: 'library', effect: 'read',
 *     summary: 'Answers.', reply: z.object({ pong: z.boolean() }) }]),
 *   handlers: () => ({ getPing: () => ({ kind: 'json', body: { pong: true } }) }),
 * });
 */
export function defineExtension<const L extends readonly RouteDefinition[]>(extension: {
  readonly routes: L;
  handlers(context: ExtensionContext): HandlersOf<L>;
}): RouteExtension {
  return extension;
}
