import type { AnyRouteHandler } from '../routes/route-extension.js';
import type { Method, RouteDefinition } from '../routes/route-definition.js';
import type { HostRequest, WireResponse } from './contract.js';

/** One route bound to one path: `{prefix}` is filled in. */
export interface RouteBinding {
  readonly definition: RouteDefinition;
  /** OpenAPI form with `{name}` parameters: what hosts show to their tooling. */
  readonly path: string;
  readonly methods: readonly Method[];
  /** Prefix of the model type that it is bound for; undefined on routes of scope `library`. */
  readonly prefix: string | undefined;
  /** The handler of this moment. Throws `service_not_ready` while nothing is attached. */
  resolve(): AnyRouteHandler;
}

export interface RouteMatch {
  readonly binding: RouteBinding;
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** What an adapter sees of a library. */
export interface RouteHost {
  /** Every binding, for hosts that route natively. */
  readonly bindings: readonly RouteBinding[];
  /**
   * The binding for a method and a raw path without search, `HEAD` counting as `GET`; undefined when the path is the
   * host's own. A path with broken percent-escapes that means a route of ours matches a binding that refuses: its
   * `resolve` throws `validation_failed`, so that `handle` answers with the envelope.
   */
  match(method: string, path: string): RouteMatch | undefined;
  /** Never rejects: every failure is an encoded answer. */
  handle(binding: RouteBinding, request: HostRequest, principal?: unknown): Promise<WireResponse>;
}

/** What the caller of a writing or reading route may see of the request when it decides. */
export interface AuthorizeRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HostRequest['headers'];
  /** Prefix of the model type that the route is bound for, such as `loras`. */
  readonly prefix: string | undefined;
}

/** Decides about every request, reading and writing; `false` answers 403. */
export type Authorize = (
  request: AuthorizeRequest,
  route: RouteDefinition,
  principal: unknown,
) => boolean | Promise<boolean>;

/** Limits of bodies that core reads itself. */
export interface BodyLimits {
  /** Bytes of a JSON or urlencoded body. */
  readonly json: number;
  /** Bytes of one file of a multipart body. */
  readonly file: number;
  /** Number of fields and files of a multipart body together. */
  readonly parts: number;
}

/** How requests are treated that do not come from the same process. */
export interface HttpPolicy {
  readonly authorize: Authorize | undefined;
  /** Origins besides the request's own that may call writing routes, such as `https://studio.example`. */
  readonly trustedOrigins: readonly string[];
  /** Replaces the mount path in links behind a reverse proxy that rewrites paths. */
  readonly publicBasePath: string | undefined;
  readonly limits: BodyLimits;
  /** Milliseconds between the comment pings of an event stream. */
  readonly heartbeatMs: number;
  /** Hears of every failure that the client is told nothing about. */
  onError(error: unknown, context: { method: string; path: string }): void;
}
