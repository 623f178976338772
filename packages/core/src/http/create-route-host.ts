import { Readable } from 'node:stream';
import { ModelshelfError } from '../errors.js';
import type { HostRequest, WireResponse } from './contract.js';
import { normaliseOrigins } from './cross-site.js';
import { encode } from './encode.js';
import { guard, type GuardRules } from './guards.js';
import { HostCall } from './host-call.js';
import { readsJson } from './input-plan.js';
import { encodeProblem, toProblem } from './problem.js';
import { readJsonBody } from './read-body.js';
import { RequestBody } from './request-body.js';
import type { HttpPolicy, RouteBinding, RouteHost } from './route-host.js';
import { createRouteTree } from './route-tree.js';
import { validateInput } from './validate.js';

/**
 * Puts bindings behind one tree and takes every request its way: ready, guards, body, validation, handler, encoding.
 *
 * Invariant: HEAD never runs a handler that changes anything.
 * Invariant: `handle` never rejects, and a client learns of an unknown failure only that there was one.
 *
 * Throws `invalid_configuration` for routes that collide and for trusted origins that are none.
 */
export function createRouteHost(bindings: readonly RouteBinding[], policy: HttpPolicy): RouteHost {
  const tree = createRouteTree(bindings);
  const rules: GuardRules = {
    authorize: policy.authorize,
    trustedOrigins: normaliseOrigins(policy.trustedOrigins),
  };
  return {
    bindings,
    match: (method, path) => tree.match(method, path),
    handle: (binding, request, principal) => handle(binding, request, principal, policy, rules),
  };
}

async function handle(
  binding: RouteBinding,
  request: HostRequest,
  principal: unknown,
  policy: HttpPolicy,
  rules: GuardRules,
): Promise<WireResponse> {
  const { definition } = binding;
  const { url } = request;
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const takesJson = readsJson(definition, request.method);
  const takesParts = definition.body === 'multipart';
  const body = takesJson || takesParts ? new RequestBody(request) : undefined;
  let wire: WireResponse;
  try {
    const handler = binding.resolve();
    const passing = guard(binding, request, principal, rules);
    if (passing !== undefined) await passing;
    if (request.method === 'HEAD' && definition.effect === 'write') {
      throw new ModelshelfError('not_found', 'HEAD changes nothing: this route answers GET and POST');
    }
    const search = mark === -1 ? '' : url.slice(mark + 1);
    const sent = takesJson && body !== undefined ? await readJsonBody(body, policy.limits.json) : undefined;
    const input = validateInput(definition, request.params, search, sent);
    const call = new HostCall(request, path, principal, policy, takesParts ? body : undefined);
    // `AnyRouteHandler` takes `never`: only the route's own schemas know its type, and they just checked the value.
    const pending = handler(input as never, call);
    const reply = pending instanceof Promise ? await pending : pending;
    const encoded = encode(reply, request, {
      heartbeatMs: policy.heartbeatMs,
      onStreamError: (error) => report(error, request, path, policy),
    });
    wire = encoded instanceof Promise ? await encoded : encoded;
  } catch (error) {
    wire = refuse(error, request, path, policy);
  }
  if (wire.payload instanceof Readable) body?.drain();
  else body?.linger();
  return wire;
}

function refuse(error: unknown, request: HostRequest, path: string, policy: HttpPolicy): WireResponse {
  const problem = toProblem(error);
  if (problem.code === 'internal') report(error, request, path, policy);
  return encodeProblem(problem, request);
}

/** What goes wrong because the client left is nobody's failure; nor may the host's own hook break an answer. */
function report(error: unknown, request: HostRequest, path: string, policy: HttpPolicy): void {
  if (request.signal.aborted) return;
  try {
    policy.onError(error, { method: request.method, path });
  } catch {
    // There is nobody left to tell.
  }
}
