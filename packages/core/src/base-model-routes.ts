import { ModelshelfError } from './errors.js';
import { ModelAutoOrganizeHandler } from './handlers/model-auto-organize-handler.js';
import { ModelDetailHandler } from './handlers/model-detail-handler.js';
import { ModelEditHandler } from './handlers/model-edit-handler.js';
import { ModelHandlerSet } from './handlers/model-handler-set.js';
import { ModelListingHandler } from './handlers/model-listing-handler.js';
import { ModelManagementHandler } from './handlers/model-management-handler.js';
import { ModelMoveHandler } from './handlers/model-move-handler.js';
import { ModelPageView, type PageSetting } from './handlers/model-page-view.js';
import { ModelPreviewHandler } from './handlers/model-preview-handler.js';
import { ModelQueryHandler } from './handlers/model-query-handler.js';
import { ModelScanHandler } from './handlers/model-scan-handler.js';
import type { ModelService } from './handlers/model-service.js';
import type { ModelRouteRegistrar, ResolveHandler } from './model-route-registrar.js';
import type { ModelType } from './model-types/model-type.js';
import type { ExtensionContext } from './ports/extension-context.js';
import { handlerNamed, type AnyRouteHandler, type RouteExtension } from './routes/route-extension.js';
import { specificRoutesOf, type SpecificModelRoutes } from './specific-model-routes.js';

type Handlers = Readonly<Record<string, AnyRouteHandler>>;

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
  readonly #specific: SpecificModelRoutes | undefined;
  #handlers: Handlers | undefined;
  readonly #extended = new Map<RouteExtension, Handlers>();

  constructor(modelType: ModelType, setting: ModelRoutesSetting) {
    this.modelType = modelType;
    this.#setting = setting;
    this.#specific = specificRoutesOf(modelType);
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
    for (const definition of this.#specific?.routes ?? []) {
      registrar.addPrefixedRoute(definition, this.modelType.prefix, this.handlerProxy(definition.handler));
    }
    for (const extension of [...this.modelType.routes, ...this.#setting.extensions]) {
      for (const definition of extension.routes) {
        if (definition.scope !== 'model') continue;
        const resolve = this.extensionProxy(extension, definition.handler);
        registrar.addPrefixedRoute(definition, this.modelType.prefix, resolve);
      }
    }
  }

  /** The handler of a common route, or of one that only this type has, at the time of the call. Throws `service_not_ready`. */
  handlerProxy(name: string): ResolveHandler {
    return () => {
      const service = this.#attached();
      this.#handlers ??= {
        ...this.createHandlerSet(service).toRouteMapping(),
        ...this.#specific?.handlers(service),
      };
      return handlerNamed(name, this.#handlers);
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
      scan: new ModelScanHandler(service),
      detail: new ModelDetailHandler(service),
      management: new ModelManagementHandler(service.writes),
      edit: new ModelEditHandler({ ...service.writes, ...service }),
      preview: new ModelPreviewHandler(service.writes.previews),
      move: new ModelMoveHandler(service.writes.moves),
      organize: new ModelAutoOrganizeHandler(service.writes.organize),
    });
  }

  #attached(): ModelService {
    if (this.#service === undefined) throw new ModelshelfError('service_not_ready', 'Service not ready');
    return this.#service;
  }
}
