import type { z } from 'zod';

/** HTTP methods that a route may declare; GET routes answer HEAD as well. */
export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

type ObjectSchema = z.ZodObject;

/** What a route answers: a JSON shape, or one of the other kinds of reply. */
export type ReplySchema = z.ZodType | 'html' | 'file' | 'events' | 'empty';

/**
 * One route as frozen data: printable, comparable, without closures.
 *
 * `params`, `query` and `body` together are the handler's one input; their keys must not overlap. On a route with GET
 * and POST, `query` describes both: the search of a GET and the body of a POST.
 */
export interface RouteDefinition {
  /** Unique key of the handler set. */
  readonly handler: string;
  readonly methods: readonly [Method, ...Method[]];
  /** OpenAPI form: static segments, `{name}` per request, `{prefix}` once per model type. Nothing else. */
  readonly path: `/${string}`;
  /** `model`: bound once per model type; `library`: bound once. */
  readonly scope: 'model' | 'library';
  /** `write` when the route changes anything, whatever its method says. Writing routes are guarded. */
  readonly effect: 'read' | 'write';
  /** One line for documents. */
  readonly summary: string;
  readonly params?: ObjectSchema;
  readonly query?: ObjectSchema;
  /** A JSON shape; `multipart` leaves the parts to the handler (`call.parts()`). */
  readonly body?: ObjectSchema | 'multipart';
  readonly reply: ReplySchema;
  /** True on routes that answer before the model services are attached, such as health. */
  readonly always?: boolean;
}

/**
 * Freezes a list of definitions and keeps their literal types.
 *
 * @example
 * const routes = defineRoutes([
 *   { handler: 'getPing', methods: ['GET'], path: '/api/lm/{prefix}/ping', scope: 'model', effect: 'read',
 *     summary: 'Answers.', reply: z.object({ success: z.literal(true) }) },
 * ]);
 */
export function defineRoutes<const D extends readonly RouteDefinition[]>(definitions: D): D {
  for (const definition of definitions) Object.freeze(definition);
  return Object.freeze(definitions);
}
