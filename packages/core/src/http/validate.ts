import type { z } from 'zod';
import { ModelshelfError } from '../errors.js';
import type { RouteDefinition } from '../routes/route-definition.js';
import { isJsonObject } from '../shapes/json.js';
import { inputPlanOf, type InputPlan } from './input-plan.js';
import { refuseNul } from './refuse-nul.js';

/** The one input of a handler, checked: params, query and body as one object. */
export type Input = Readonly<Record<string, unknown>>;

const NOTHING: Input = Object.freeze({});
const MAX_ISSUES = 20;

/**
 * The input of a request: decoded params, the raw search (without `?`), and the body's value where the route reads one.
 *
 * Invariant: unknown keys of the search are ignored; of a repeated key that takes one value only the first counts.
 */
export function validateInput(definition: RouteDefinition, params: Input, search: string, body?: unknown): Input {
  const plan = inputPlanOf(definition);
  for (const name in params) refuseNul(name, params[name]);
  const input = plan.params === undefined ? params : parse(plan.params, params);
  if (plan.query === undefined && plan.body === undefined) return input;

  const searched = plan.query === undefined || search === '' ? NOTHING : readSearch(plan, search);
  const sent = body === undefined ? NOTHING : objectOf(body);
  const query = plan.body === undefined && body !== undefined ? merge(searched, sent) : searched;
  return merge(
    merge(input, plan.query === undefined ? NOTHING : parse(plan.query, query)),
    plan.body === undefined ? NOTHING : parse(plan.body, sent),
  );
}

/** The same for a call in process: one plain object holds the params, the query and the body. */
export function validateCall(definition: RouteDefinition, input: unknown): Input {
  const plan = inputPlanOf(definition);
  const given = input === undefined ? NOTHING : objectOf(input);
  const params = plan.params === undefined ? NOTHING : parse(plan.params, pick(given, plan.paramNames));
  const query = plan.query === undefined ? NOTHING : parse(plan.query, pick(given, plan.queryNames));
  if (plan.body === undefined) return merge(params, query);
  const rest = Object.keys(given).filter((key) => !plan.paramNames.has(key) && !plan.queryNames.has(key));
  return merge(merge(params, query), parse(plan.body, pick(given, rest)));
}

function readSearch(plan: InputPlan, search: string): Input {
  const found = new Map<string, string | string[]>();
  for (const [key, value] of new URLSearchParams(search)) {
    const arity = plan.arities.get(key);
    if (arity === undefined) continue;
    if (value.includes('\0')) refuseNul(key, value);
    const before = found.get(key);
    if (before === undefined) found.set(key, arity === 'many' ? [value] : value);
    else if (typeof before === 'object') before.push(value);
    else if (arity === 'either') found.set(key, [before, value]);
  }
  return Object.fromEntries(found);
}

function objectOf(value: unknown): Input {
  if (!isJsonObject(value)) throw new ModelshelfError('validation_failed', 'expected an object');
  for (const key of Object.keys(value)) refuseNul(key, value[key]);
  return value;
}

function pick(input: Input, names: Iterable<string>): Input {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (name !== '__proto__' && Object.hasOwn(input, name)) picked[name] = input[name];
  return picked;
}

/** Copies by definition, not by assignment: a `__proto__` key stays a key. */
function merge(under: Input, over: Input): Input {
  if (over === NOTHING) return under;
  return under === NOTHING ? over : { ...under, ...over };
}

function parse(schema: z.ZodObject, value: Input): Input {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.join('.'),
    message: message.replace(/^Invalid input: /, ''),
  }));
  const [first] = issues;
  throw new ModelshelfError('validation_failed', first === undefined ? 'Invalid input' : textOf(first), {
    details: issues,
  });
}

const textOf = ({ path, message }: { path: string; message: string }): string =>
  path === '' ? message : `${path}: ${message}`;
