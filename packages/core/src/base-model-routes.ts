import { ModelshelfError } from './errors.js';
import { ModelHandlerSet } from './handlers/model-handler-set.js';
import type { ModelHandlers } from './handlers/model-handlers.js';
import { ModelListingHandler } from './handlers/model-listing-handler.js';
import { ModelPageView, type PageSetting } from './handlers/model-page-view.js';
import { ModelQueryHandler } from './handlers/model-query-handler.js';
import type { ModelService } from './handlers/model-service.js';
import type { ModelRouteRegistrar, ResolveHandler } from './model-route-registrar.js';
import type { ModelType } from './model-types/model-type.js';
import type { ExtensionContext } from './ports/extension-context.js';
import { handlerNamed, type AnyRouteHandler, type RouteExtension } from './routes/route-extension.js';

/** What a controller needs besides the service that is attached later. */
export interface ModelRoutesSetting {
  /** Undefined when the host wants no pages. */
  readonly pages: PageSetting | undefined;
  /** Routes that hosts add, of scope `model`. */
  readonly extensions: readonly RouteExtension[];
  readonly contextOf: (service: ModelService) => ExtensionContext;
}

/**
 * The route controller of one model type: binds every route at once through proxies, before there is anything to serve.
 *
 * Invariant: every route of the common list answers 503 `{"success": false, "error": "Service not ready"}` while no
 * service is attached, and stops doing so after attachment without being bound again.
 */
export class BaseModelRoutes {
  readonly modelType: ModelType;
  readonly #setting: ModelRoutesSetting;
  #service: ModelService | undefined;
  #handlers: ModelHandlers | undefined;
  readonly #extended = new Map<RouteExtension, Readonly<Record<string, AnyRouteHandler>>>();

  constructor(modelType: ModelType, setting: ModelRoutesSetting) {
    this.modelType = modelType;
    this.#setting = setting;
  }

  /** Puts a service behind the routes; the handler set is built anew on the next request. */
  attachService(service: ModelService): void {
    this.#service = service;
    this.#handlers = undefined;
    this.#extended.clear();
  }

  /** Binds the common routes, then those of the type and of hosts. */
  setupRoutes(registrar: ModelRouteRegistrar): void {
    registrar.registerCommonRoutes(this.modelType.prefix, (name) => this.handlerProxy(name));
    this.setupSpecificRoutes(registrar);
  }

  /** Binds the routes that only this model type has, through the same registrar and the same 503 proxy. */
  setupSpecificRoutes(registrar: ModelRouteRegistrar): void {
    for (const extension of [...this.modelType.routes, ...this.#setting.extensions]) {
      for (const definition of extension.routes) {
        if (definition.scope !== 'model') continue;
        const resolve = this.extensionProxy(extension, definition.handler);
        registrar.addPrefixedRoute(definition, this.modelType.prefix, resolve);
      }
    }
  }

  /** The handler of a common route as it is at the time of the call. Throws `service_not_ready`. */
  handlerProxy(name: keyof ModelHandlers): ResolveHandler {
    return () => {
      this.#handlers ??= this.createHandlerSet(this.#attached()).toRouteMapping();
      return this.#handlers[name];
    };
  }

  /** The handler of an added route as it is at the time of the call. Throws `service_not_ready`. */
  extensionProxy(extension: RouteExtension, name: string): ResolveHandler {
    return () => {
      const service = this.#attached();
      const handlers = this.#extended.get(extension) ?? extension.handlers(this.#setting.contextOf(service));
      this.#extended.set(extension, handlers);
      return handlerNamed(name, handlers);
    };
  }

  /** Builds the handlers of the common routes around a service. */
  createHandlerSet(service: ModelService): ModelHandlerSet {
    const { pages } = this.#setting;
    const notFound = (): never => {
      throw new ModelshelfError('not_found', 'This library was made without pages.');
    };
    return new ModelHandlerSet({
      pageView: pages === undefined ? { handleModelsPage: notFound } : new ModelPageView(service, pages),
      listing: new ModelListingHandler(service),
      query: new ModelQueryHandler(service),
    });
  }

  #attached(): ModelService {
    if (this.#service === undefined) throw new ModelshelfError('service_not_ready', 'Service not ready');
    return this.#service;
  }
}
