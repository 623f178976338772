import { z } from 'zod';

const wholeNumber = 'expected a whole number';

interface Range {
  readonly min?: number;
  readonly max?: number;
}

const numberOrText = z.union([z.number(), z.string()], { error: wholeNumber });

const integer = ({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Range) =>
  numberOrText.transform((value, context) => {
    const number = typeof value === 'number' ? value : /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
    // Digits without end are infinite, and still a whole number that has a nearest one in range.
    if (!Number.isInteger(number) && Math.abs(number) !== Number.POSITIVE_INFINITY) {
      context.addIssue({ code: 'custom', message: wholeNumber, input: value });
      return z.NEVER;
    }
    return Math.min(Math.max(number, min), max);
  });

type IntegerParam = ReturnType<typeof integer>;

/**
 * A whole number from a search string, a form or a call in process; anything else is `expected a whole number`.
 *
 * Invariant: limits clamp. A number out of range is the nearest one in range, never an error.
 *
 * @example
 * z.object({ page_size: integerParam({ default: 20, min: 1, max: 100 }) })
 */
export function integerParam(options: Range & { readonly default: number }): z.ZodDefault<IntegerParam>;
export function integerParam(options?: Range): z.ZodOptional<IntegerParam>;
export function integerParam(options: Range & { readonly default?: number } = {}) {
  const schema = integer(options);
  return options.default === undefined ? schema.optional() : schema.default(options.default);
}

const boolOrText = z.union([z.boolean(), z.string()], { error: 'expected true or false' });

/** True for `true` in any letter case; any other text is false, as the wire format has it. */
export function booleanParam(fallback: boolean) {
  return boolOrText
    .transform((value) => (typeof value === 'string' ? value.toLowerCase() === 'true' : value))
    .default(fallback);
}

const saysNo = new Set(['false', '0', '']);

/** Undefined when absent; else false for `false`, `0` and the empty text, and true for all other text. */
export function triStateParam() {
  return boolOrText
    .transform((value) => (typeof value === 'string' ? !saysNo.has(value.toLowerCase()) : value))
    .optional();
}

/** Every occurrence of a repeatable parameter, in order; one value is a list of one, and none is an empty list. */
export function listParam() {
  return z
    .union([z.string(), z.array(z.string())], { error: 'expected text or a list of texts' })
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .default(() => []);
}

/** Text as it is, the empty text included; undefined when absent. */
export function textParam() {
  return z.string({ error: 'expected text' }).optional();
}

/** How many rows an answer has: 0 means all, and a negative number one; larger ones clamp to `max`. */
export function limitParam({ default: fallback, max }: { readonly default: number; readonly max: number }) {
  return integerParam({ default: fallback, min: -1, max }).transform((limit) => (limit < 0 ? 1 : limit));
}
