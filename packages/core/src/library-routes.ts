import { ModelshelfError } from './errors.js';
import type { HealthReport } from './handlers/health-report.js';
import { createLibraryHandlers, type LibraryService } from './handlers/library-handler-set.js';
import type { LibraryHandlers } from './handlers/library-handlers.js';
import type { PageSetting } from './handlers/model-page-view.js';
import type { SettingsHandlerParts } from './handlers/settings-handler.js';
import type { ModelRouteRegistrar, ResolveHandler } from './model-route-registrar.js';
import type { ExtensionContext } from './ports/extension-context.js';
import { LIBRARY_ROUTE_DEFINITIONS } from './routes/library-route-definitions.js';
import type { RouteDefinition } from './routes/route-definition.js';
import { handlerNamed, type AnyRouteHandler, type RouteExtension } from './routes/route-extension.js';

/** What the controller of library-scoped routes needs besides the service that is attached later. */
export interface LibraryRoutesSetting {
  /** Undefined when the host wants no pages. */
  readonly pages: PageSetting | undefined;
  readonly extensions: readonly RouteExtension[];
  readonly context: () => ExtensionContext;
  readonly health: () => HealthReport;
  readonly settings: SettingsHandlerParts;
}

/** The route controller of everything that belongs to no model type: bound once. */
export class LibraryRoutes {
  readonly #setting: LibraryRoutesSetting;
  readonly #handlers: LibraryHandlers;
  #service: LibraryService | undefined;
  readonly #extended = new Map<RouteExtension, Readonly<Record<string, AnyRouteHandler>>>();

  constructor(setting: LibraryRoutesSetting) {
    this.#setting = setting;
    this.#handlers = createLibraryHandlers(() => this.#attached(), setting);
  }

  /** Puts the services of all model types behind the routes. */
  attachService(service: LibraryService): void {
    this.#service = service;
    this.#extended.clear();
  }

  setupRoutes(registrar: ModelRouteRegistrar): void {
    for (const definition of LIBRARY_ROUTE_DEFINITIONS) {
      if (definition.reply === 'html' && this.#setting.pages === undefined) continue;
      registrar.addRoute(definition, this.handlerProxy(definition.handler, 'always' in definition));
    }
    for (const extension of this.#setting.extensions) {
      for (const definition of extension.routes) {
        if (definition.scope === 'library') registrar.addRoute(definition, this.extensionProxy(extension, definition));
      }
    }
  }

  /** The handler of a library-scoped route as it is at the time of the call. Throws `service_not_ready`. */
  handlerProxy(name: keyof LibraryHandlers, always: boolean): ResolveHandler {
    return () => {
      if (!always) this.#attached();
      return this.#handlers[name];
    };
  }

  /** The handler of an added route as it is at the time of the call. Throws `service_not_ready`. */
  extensionProxy(extension: RouteExtension, { handler, always }: RouteDefinition): ResolveHandler {
    return () => {
      if (always !== true) this.#attached();
      const handlers = this.#extended.get(extension) ?? extension.handlers(this.#setting.context());
      this.#extended.set(extension, handlers);
      return handlerNamed(handler, handlers);
    };
  }

  #attached(): LibraryService {
    if (this.#service === undefined) throw new ModelshelfError('service_not_ready', 'Service not ready');
    return this.#service;
  }
}
