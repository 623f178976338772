import type { RouteBinding } from './http/route-host.js';
import { COMMON_ROUTE_DEFINITIONS } from './routes/common-route-definitions.js';
import type { RouteDefinition } from './routes/route-definition.js';
import type { AnyRouteHandler } from './routes/route-extension.js';

/** Gives the handler of this moment; throws `service_not_ready` while there is none. */
export type ResolveHandler = () => AnyRouteHandler;

/** What a host decides about the routes that exist. */
export interface RegistrarOptions {
  /** False leaves out the pages, so that a host's own `/loras` is safe. */
  readonly pages: boolean;
  /** False leaves out the GET form of routes that write and can be reached by POST as well. */
  readonly legacyGetWrites: boolean;
}

/** Expands route definitions into bindings. It only binds: it knows no handler and no framework. */
export class ModelRouteRegistrar {
  readonly #options: RegistrarOptions;
  readonly #bindings: RouteBinding[] = [];

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** Everything bound so far. */
  get bindings(): readonly RouteBinding[] {
    return this.#bindings;
  }

  /** Binds every common route for one model type. */
  registerCommonRoutes(
    prefix: string,
    resolverOf: (handler: (typeof COMMON_ROUTE_DEFINITIONS)[number]['handler']) => ResolveHandler,
  ): void {
    for (const definition of COMMON_ROUTE_DEFINITIONS) {
      if (definition.reply === 'html' && !this.#options.pages) continue;
      this.addPrefixedRoute(definition, prefix, resolverOf(definition.handler));
    }
  }

  /** Binds a route that belongs to no model type. */
  addRoute(definition: RouteDefinition, resolve: ResolveHandler): void {
    this.#add(definition, undefined, resolve);
  }

  /** Binds a route for one model type: `{prefix}` in its path is filled in. */
  addPrefixedRoute(definition: RouteDefinition, prefix: string, resolve: ResolveHandler): void {
    this.#add(definition, prefix, resolve);
  }

  #add(definition: RouteDefinition, prefix: string | undefined, resolve: ResolveHandler): void {
    const path = prefix === undefined ? definition.path : definition.path.replace('{prefix}', prefix);
    const postOnly =
      definition.effect === 'write' && !this.#options.legacyGetWrites && definition.methods.includes('POST');
    const methods = postOnly ? definition.methods.filter((method) => method !== 'GET') : definition.methods;
    this.#bindings.push({ definition, path, methods, prefix, resolve });
  }
}
