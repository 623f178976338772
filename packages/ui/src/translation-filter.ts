import type { Liquid } from 'liquidjs';
import { Translator } from './translator.js';

/** Name under which a render hands its translator to the templates. */
export const TRANSLATOR = 'translator';

// The marker of an environment that knows the filter. An environment that nobody uses any more is forgotten.
const registered = new WeakSet<Liquid>();

/**
 * Gives an environment the filter `t`: `{{ 'list.count' | t: count: 3 }}`.
 *
 * Invariant: Rendering the page N times on one template environment registers the translation filter exactly once;
 * two environments register it once each.
 */
export function registerTranslationFilter(environment: Liquid): void {
  if (registered.has(environment)) return;
  registered.add(environment);
  environment.registerFilter('t', function (key: unknown, ...args: unknown[]): string {
    const translator = this.context.getSync([TRANSLATOR]);
    const params = new Map(args.filter(isNamed).map(([name, value]) => [name, String(value)]));
    return translator instanceof Translator ? translator.translate(String(key), params) : String(key);
  });
}

// liquidjs hands a named argument over as a pair.
function isNamed(argument: unknown): argument is [string, unknown] {
  return Array.isArray(argument) && argument.length === 2 && typeof argument[0] === 'string';
}
