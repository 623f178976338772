import findMyWay from 'find-my-way';
import { ModelshelfError } from '../errors.js';
import type { Method } from '../routes/route-definition.js';
import type { RouteBinding, RouteMatch } from './route-host.js';

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});
const METHODS = { GET: 'GET', HEAD: 'GET', POST: 'POST', PUT: 'PUT', DELETE: 'DELETE' } as const satisfies Record<
  string,
  Method
>;
/** RFC 3986 path characters without `*`, which the router below has no way to take literally. */
const STATIC_SEGMENT = /^[\w\-.~!$&'()+,;=:@]*$/;
const PARAM_SEGMENT = /^\{([A-Za-z]\w*)\}$/;

/** The routes of a library as one radix tree. */
export interface RouteTree {
  /** See `RouteHost.match`. */
  match(method: string, path: string): RouteMatch | undefined;
}

/**
 * Builds the tree; throws `invalid_configuration` for paths that break the grammar, for two routes on the same method
 * and path, and for two routes of one name on the same prefix.
 *
 * Invariant: letter case and trailing slashes count, in every host alike.
 */
export function createRouteTree(bindings: readonly RouteBinding[]): RouteTree {
  refuseDuplicates(bindings);
  // Its default of 100 characters per parameter is too short for a file path.
  const router = findMyWay({ caseSensitive: true, maxParamLength: Number.MAX_SAFE_INTEGER });
  const bindingOf = new Map<unknown, RouteBinding>();
  for (const binding of bindings) {
    const key = (): undefined => undefined;
    bindingOf.set(key, binding);
    for (const method of binding.methods) router.on(method, routerPath(binding.path), key);
  }

  const find = (method: Method, path: string): RouteMatch | undefined => {
    const found = router.find(method, path);
    const binding = found === null ? undefined : bindingOf.get(found.handler);
    return found === null || binding === undefined ? undefined : { binding, params: paramsOf(found.params) };
  };

  return {
    match(method, path) {
      if (path.charCodeAt(0) !== SLASH || !isRoutable(method)) return undefined;
      const found = find(METHODS[method], path);
      if (found !== undefined || !path.includes('%') || isDecodable(path)) return found;
      // Would it be ours if the broken escapes were plain text? Otherwise it is the host's to answer.
      const meant = find(METHODS[method], path.replaceAll('%', '%25'));
      return meant === undefined ? undefined : { binding: brokenPath(meant.binding), params: NO_PARAMS };
    },
  };
}

/** The same route for tooling, and a refusal for the caller: so it becomes an answer where all others are made. */
function brokenPath(binding: RouteBinding): RouteBinding {
  return {
    ...binding,
    resolve() {
      throw new ModelshelfError('validation_failed', 'The path has a broken percent-escape');
    },
  };
}

const SLASH = 0x2f;

function isRoutable(method: string): method is keyof typeof METHODS {
  return Object.hasOwn(METHODS, method);
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function paramsOf(found: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  let params: Record<string, string> | undefined;
  for (const name in found) {
    const value = found[name];
    if (value !== undefined) (params ??= {})[name] = value;
  }
  return params ?? NO_PARAMS;
}

/** `{name}` becomes `:name`, and a literal colon is doubled. */
function routerPath(path: string): string {
  const segments = path.split('/').slice(1);
  const names = segments.map((segment) => PARAM_SEGMENT.exec(segment)?.[1]);
  const known = names.filter((name) => name !== undefined);
  const isWellFormed =
    path.startsWith('/') &&
    new Set(known).size === known.length &&
    segments.every((segment, at) => names[at] !== undefined || STATIC_SEGMENT.test(segment));
  if (!isWellFormed)
    throw new ModelshelfError('invalid_configuration', `${path} is not a path of segments and {names}`);
  return segments
    .map((segment, at) => `/${names[at] === undefined ? segment.replaceAll(':', '::') : `:${names[at]}`}`)
    .join('');
}

function refuseDuplicates(bindings: readonly RouteBinding[]): void {
  const seen = new Set<string>();
  const claim = (what: string): void => {
    if (seen.has(what)) throw new ModelshelfError('invalid_configuration', `Two routes for ${what}`);
    seen.add(what);
  };
  for (const { definition, methods, path, prefix } of bindings) {
    claim(prefix === undefined ? `handler ${definition.handler}` : `handler ${definition.handler} of ${prefix}`);
    // Parameters at the same place are the same place, whatever they are called.
    for (const method of methods) claim(`${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
  }
}
