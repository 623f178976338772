import { ModelshelfError } from '../errors.js';
import type { HostRequest } from './contract.js';
import { isCrossSite } from './cross-site.js';
import type { Authorize, RouteBinding } from './route-host.js';

/** Who may call what. */
export interface GuardRules {
  readonly authorize: Authorize | undefined;
  /** Normalised. */
  readonly trustedOrigins: ReadonlySet<string>;
}

/**
 * Lets a request pass or throws `cross_site_refused` or `forbidden`; a promise only when `authorize` returns one.
 *
 * Invariant: `authorize` decides about every route, reading and writing; whatever is not `true` is a no.
 * Invariant: a writing route is never run for a page of another site, whatever its method is.
 */
export function guard(
  binding: RouteBinding,
  request: HostRequest,
  principal: unknown,
  rules: GuardRules,
): void | Promise<void> {
  if (binding.definition.effect === 'write' && isCrossSite(request.headers, rules.trustedOrigins)) {
    throw new ModelshelfError('cross_site_refused', 'This route does not answer pages of other sites');
  }
  if (rules.authorize === undefined) return;
  const { method, url, headers } = request;
  const verdict = rules.authorize({ method, url, headers, prefix: binding.prefix }, binding.definition, principal);
  return typeof verdict === 'boolean' ? admit(verdict) : Promise.resolve(verdict).then(admit);
}

function admit(verdict: boolean): void {
  if (verdict !== true) throw new ModelshelfError('forbidden', 'You may not do this');
}
