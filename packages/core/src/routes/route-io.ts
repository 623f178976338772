import type { z } from 'zod';
import type { Call } from '../ports/call.js';
import type { MultipartInput } from '../shapes/multipart-input.js';
import type { EventsReply, FileReply, HtmlReply, JsonReply, EmptyReply } from '../shapes/reply.js';
import type { RouteDefinition } from './route-definition.js';

type Member<D, K extends string, Side extends 'in' | 'out'> = D extends { readonly [P in K]: infer S }
  ? S extends z.ZodType
    ? Side extends 'in'
      ? z.input<S>
      : z.output<S>
    : unknown
  : unknown;

/** What a caller of a route passes in: params, query and body as one object; of a multipart body its parts. */
export type RouteInput<D> = Member<D, 'params', 'in'> &
  Member<D, 'query', 'in'> &
  (D extends { readonly body: 'multipart' } ? MultipartInput : Member<D, 'body', 'in'>);

/** What a handler of a route receives: the same after validation, with the defaults filled in. */
export type RouteArguments<D> = Member<D, 'params', 'out'> & Member<D, 'query', 'out'> & Member<D, 'body', 'out'>;

/** What the handler of a route must return. */
export type RouteReply<D extends RouteDefinition> = D['reply'] extends z.ZodType
  ? JsonReply<z.output<D['reply']>>
  : D['reply'] extends 'html'
    ? HtmlReply
    : D['reply'] extends 'file'
      ? FileReply
      : D['reply'] extends 'events'
        ? EventsReply
        : EmptyReply;

/** A handler of a route. It never sees a framework object, and throws `ModelshelfError`s. */
export type RouteHandler<D extends RouteDefinition> = (
  input: RouteArguments<D>,
  call: Call,
) => RouteReply<D> | Promise<RouteReply<D>>;

/** One callable per route of a list: a missing, an extra or a mis-typed one does not compile. */
export type HandlersOf<L extends readonly RouteDefinition[]> = {
  readonly [N in L[number]['handler']]: RouteHandler<Extract<L[number], { readonly handler: N }>>;
};

/** What a caller in process gets: plain data for JSON routes, the reply itself for the other kinds. */
export type RouteOutput<D extends RouteDefinition> = D['reply'] extends z.ZodType
  ? z.output<D['reply']>
  : RouteReply<D>;

/** The in-process face of a list of routes: the input may be left out where every member is optional. */
export type FaceOf<L extends readonly RouteDefinition[]> = {
  readonly [D in L[number] as D['handler']]: object extends RouteInput<D>
    ? (input?: RouteInput<D>, options?: { signal?: AbortSignal }) => Promise<RouteOutput<D>>
    : (input: RouteInput<D>, options?: { signal?: AbortSignal }) => Promise<RouteOutput<D>>;
};
