import type { z } from 'zod';
import type { RouteDefinition } from '../routes/route-definition.js';

/** How many values a search field takes: one, a list, or either as they come. */
export type Arity = 'one' | 'many' | 'either';

/** What validation has to know of a route, found once. */
export interface InputPlan {
  readonly params: z.ZodObject | undefined;
  readonly query: z.ZodObject | undefined;
  /** Undefined on multipart routes too: their parts belong to the handler. */
  readonly body: z.ZodObject | undefined;
  readonly paramNames: ReadonlySet<string>;
  readonly queryNames: ReadonlySet<string>;
  readonly arities: ReadonlyMap<string, Arity>;
}

const plans = new WeakMap<RouteDefinition, InputPlan>();

/** The plan of a route. */
export function inputPlanOf(definition: RouteDefinition): InputPlan {
  const known = plans.get(definition);
  if (known !== undefined) return known;
  const { params, query, body } = definition;
  const plan: InputPlan = {
    params,
    query,
    body: body === 'multipart' ? undefined : body,
    paramNames: new Set(Object.keys(shapeOf(params))),
    queryNames: new Set(Object.keys(shapeOf(query))),
    arities: new Map(Object.entries(shapeOf(query)).map(([key, schema]) => [key, arityOf(schema)])),
  };
  plans.set(definition, plan);
  return plan;
}

const shapeOf = (schema: z.ZodObject | undefined): Readonly<Record<string, z.core.$ZodType>> => schema?.shape ?? {};

/** Whether a route reads a JSON body when it is asked with `method`. */
export function readsJson(definition: RouteDefinition, method: string): boolean {
  if (method === 'GET' || method === 'HEAD' || definition.body === 'multipart') return false;
  return definition.body !== undefined || (definition.query !== undefined && definition.methods.includes('GET'));
}

/** Decided by the shape of the schema, never by trying a value on it. */
function arityOf(schema: z.core.$ZodType): Arity {
  // The union of all schema classes is zod's own way to look inside a schema of any copy of zod.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'array':
    case 'tuple':
    case 'set':
      return 'many';
    case 'any':
    case 'unknown':
      return 'either';
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
    case 'success':
      return arityOf(def.innerType);
    case 'lazy':
      return arityOf(def.getter());
    case 'pipe':
      // What comes in is described by the input side; `z.preprocess` has a bare transform there.
      return arityOf(def.in._zod.def.type === 'transform' ? def.out : def.in);
    case 'union': {
      const arities = new Set(def.options.map(arityOf));
      const [only] = arities;
      return arities.size === 1 && only !== undefined ? only : 'either';
    }
    default:
      return 'one';
  }
}
