import type { HttpPolicy, RouteHost } from '../http/route-host.js';
import { createRouteHost } from '../http/create-route-host.js';
import type { BaseModelRoutes } from '../base-model-routes.js';
import type { LibraryRoutes } from '../library-routes.js';
import { ModelRouteRegistrar } from '../model-route-registrar.js';
import type { Logger } from '../ports/logger.js';
import type { ModelLibraryOptions } from './library-options.js';

const MEBIBYTE = 1024 * 1024;

/** Binds every controller's routes and puts the guards and limits of the host before them. */
export function wireHttp(
  options: ModelLibraryOptions,
  logger: Logger,
  controllers: readonly (BaseModelRoutes | LibraryRoutes)[],
): RouteHost {
  const registrar = new ModelRouteRegistrar({
    pages: options.pages !== undefined,
    legacyGetWrites: options.legacyGetWrites ?? true,
  });
  for (const controller of controllers) controller.setupRoutes(registrar);
  const policy: HttpPolicy = {
    authorize: options.authorize,
    trustedOrigins: options.trustedOrigins ?? [],
    publicBasePath: options.publicBasePath,
    limits: { json: 4 * MEBIBYTE, file: 64 * MEBIBYTE, parts: 1000, ...options.limits },
    heartbeatMs: 15_000,
    onError: (error, context) => logger.error('A request failed.', { ...context, error }),
  };
  return createRouteHost(registrar.bindings, policy);
}
