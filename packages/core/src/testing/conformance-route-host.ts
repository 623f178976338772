import { writeFile } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import { createRouteHost } from '../http/create-route-host.js';
import type { HttpPolicy, RouteBinding, RouteHost } from '../http/route-host.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import type { AnyRouteHandler } from '../routes/route-extension.js';
import { conformanceHandlers, emptyFileIn, fileBytes, fileIn } from './conformance-handlers.js';
import { conformanceRoutes } from './conformance-routes.js';

/** The byte limits of the suite, small enough to be exceeded quickly. */
export const conformanceLimits = { json: 64 * 1024, file: 8 * 1024 * 1024, parts: 100 } as const;

/** Milliseconds between two heartbeats of an event stream. */
const conformanceHeartbeat = 50;

/** An origin that the suite's policy trusts. */
export const trustedOrigin = 'https://trusted.example';

/** The prefixes that the suite's one route of scope `model` is bound for. */
const conformancePrefixes = ['shelves', 'drawers'] as const;

/**
 * The routes of the suite as an adapter gets them: a `RouteHost` over handlers that need no library.
 *
 * `directory` has to exist; two files are written to it.
 */
export async function conformanceRouteHost(directory: string): Promise<RouteHost> {
  await writeFile(fileIn(directory), fileBytes);
  await writeFile(emptyFileIn(directory), '');
  const reported: string[] = [];
  const handlers = new Map<string, AnyRouteHandler>(Object.entries(conformanceHandlers(directory, reported)));

  const bind = (definition: RouteDefinition, prefix: string | undefined): RouteBinding => ({
    definition,
    path: prefix === undefined ? definition.path : definition.path.replace('{prefix}', prefix),
    methods: definition.methods,
    prefix,
    resolve() {
      const handler = handlers.get(definition.handler);
      if (handler === undefined || definition.handler === 'getUnattached') {
        throw new ModelshelfError('service_not_ready', 'Service not ready');
      }
      return handler;
    },
  });
  const bindings = conformanceRoutes.flatMap((definition) =>
    definition.scope === 'model'
      ? conformancePrefixes.map((prefix) => bind(definition, prefix))
      : [bind(definition, undefined)],
  );

  const policy: HttpPolicy = {
    // Refuses only when it was told everything it may see: a request names route, prefix and caller to be refused.
    authorize: (request, route, principal) =>
      request.headers['x-conformance-refuse'] !== `${route.handler} ${request.prefix ?? '-'} ${String(principal)}`,
    trustedOrigins: [trustedOrigin],
    publicBasePath: undefined,
    limits: conformanceLimits,
    heartbeatMs: conformanceHeartbeat,
    onError(error, { method, path }) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      reported.push(`${method} ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
    },
  };
  return createRouteHost(bindings, policy);
}
