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

const MAX_TEXT = 1000;
const MAX_ENTRIES = 1000;
/** The longest path that common systems take. */
export const MAX_PATH = 4096;
/** A thousand digests with what stands between them. */
const MAX_LONG_TEXT = 100_000;

/** Text as it is, of at most this many characters. */
export const boundedText = (max: number) =>
  z.string({ error: 'expected text' }).max(max, `is longer than ${String(max)} characters`);

/**
 * Every occurrence of a repeatable parameter, in order; one value is a list of one, and none is an empty list. At most
 * `maxEntries` (1,000) texts of `maxLength` (1,000) characters: more is an error, not a shorter list.
 */
export function listParam({ maxEntries = MAX_ENTRIES, maxLength = MAX_TEXT } = {}) {
  return z
    .union([z.string(), z.array(z.string())], { error: 'expected text or a list of texts' })
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .refine((values) => values.length <= maxEntries, `has more than ${String(maxEntries)} entries`)
    .refine(
      (values) => values.every(({ length }) => length <= maxLength),
      `has an entry of more than ${String(maxLength)} characters`,
    )
    .default(() => []);
}

/** A repeatable parameter whose values are all among `terms`. */
export function termsParam<const T extends readonly [string, ...string[]]>(terms: T) {
  return listParam().pipe(z.array(z.enum(terms, { error: `expected some of ${terms.join(', ')}` })));
}

/** Text as it is, the empty text included; undefined when absent. At most `maxLength` (1,000) characters. */
export function textParam({ maxLength = MAX_TEXT } = {}) {
  return boundedText(maxLength).optional();
}

/** Text that must be there and not be empty. */
export function requiredTextParam({ maxLength = MAX_TEXT } = {}) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'expected text') })
    .min(1, 'is required')
    .max(maxLength, `is longer than ${String(maxLength)} characters`);
}

/** A path, or the address of a file; it must be there and not be empty. */
export function pathParam() {
  return requiredTextParam({ maxLength: MAX_PATH });
}

/** Values in one text between commas, as they are; undefined when absent. */
export function commaListParam() {
  return boundedText(MAX_LONG_TEXT)
    .transform((value) => value.split(','))
    .refine((values) => values.length <= MAX_ENTRIES, `has more than ${String(MAX_ENTRIES)} entries`)
    .optional();
}

/** The texts of a JSON array that comes as text; anything else counts as absent. */
export function jsonListParam() {
  return boundedText(MAX_LONG_TEXT)
    .transform(textsOfJson)
    .refine((values) => values.length <= MAX_ENTRIES, `has more than ${String(MAX_ENTRIES)} entries`)
    .optional();
}

function textsOfJson(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
  } catch {
    return [];
  }
}

/** True for exactly `true`, false for any other text. */
export function exactTrueParam() {
  return boolOrText.transform((value) => value === true || value === 'true').default(false);
}

/** As `booleanParam`, and undefined when absent. */
export function optionalBooleanParam() {
  return boolOrText
    .transform((value) => (typeof value === 'string' ? value.toLowerCase() === 'true' : value))
    .optional();
}

/** A number where the text is one, else the text; undefined when absent or blank. */
export function idParam() {
  return z
    .union([z.number(), boundedText(MAX_TEXT)], { error: 'expected a number or text' })
    .transform((value) => {
      if (typeof value === 'number') return value;
      const text = value.trim();
      return text === '' ? undefined : /^\d+$/.test(text) ? Number(text) : text;
    })
    .optional();
}

/** How many rows of a ranking are answered: 0 means all, and a negative number one; larger ones clamp to `max`. */
export function limitParam({ default: fallback, max }: { readonly default: number; readonly max: number }) {
  return integerParam({ default: fallback, min: -1, max }).transform((limit) => (limit < 0 ? 1 : limit));
}
