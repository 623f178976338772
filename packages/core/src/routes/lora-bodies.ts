import { z } from 'zod';
import { booleanParam, listParam, textParam } from './params.js';

const MAX_COUNT = 100;
const MAX_STRENGTH = 10;
const MAX_ENTRIES = 1000;

const notANumber = 'expected a number';

/** A number, or text that is one; `null` counts as absent. */
const numberField = (fallback: number) =>
  z
    .union([z.number(), z.string(), z.null()], { error: notANumber })
    .transform((value, context) => {
      if (value === null) return fallback;
      const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
      if (Number.isFinite(number)) return number;
      context.addIssue({ code: 'custom', message: notANumber, input: value });
      return z.NEVER;
    })
    .default(fallback);

const wholeNumber = z.number('expected a whole number').int('expected a whole number');

const includeAndExclude = z.object({ include: listParam(), exclude: listParam() }).nullish();

const patternList = () => listParam({ maxEntries: 20, maxLength: 200 });

/** Which loras a node of the host application draws from (docs/behaviour.md, "Pools"). */
const poolConfig = z
  .object({
    baseModels: listParam(),
    tags: includeAndExclude,
    folders: includeAndExclude,
    license: z.object({ noCreditRequired: booleanParam(false), allowSelling: booleanParam(false) }).nullish(),
    namePatterns: z.object({ include: patternList(), exclude: patternList(), useRegex: booleanParam(false) }).nullish(),
  })
  .nullish();

export type PoolConfig = z.output<typeof poolConfig>;

/** How many loras with which strengths (docs/behaviour.md, "Random samples"). */
export const randomSampleBody = z
  .object({
    count: wholeNumber.nullish(),
    count_min: wholeNumber.nullish(),
    count_max: wholeNumber.nullish(),
    model_strength_min: numberField(0),
    model_strength_max: numberField(1),
    use_same_clip_strength: booleanParam(true),
    clip_strength_min: numberField(0),
    clip_strength_max: numberField(1),
    locked_loras: z.array(z.looseObject({})).max(MAX_ENTRIES).nullish(),
    pool_config: poolConfig,
    use_recommended_strength: booleanParam(false),
    recommended_strength_scale_min: numberField(0.5),
    recommended_strength_scale_max: numberField(1),
  })
  .superRefine((body, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message, input: body });
    const counts = [body.count, body.count_min, body.count_max];
    if (counts.some((count) => typeof count === 'number' && (count < 1 || count > MAX_COUNT))) {
      refuse(`Count must be between 1 and ${String(MAX_COUNT)}`);
    }
    for (const [what, ...values] of [
      ['Model strength', body.model_strength_min, body.model_strength_max],
      ['Clip strength', body.clip_strength_min, body.clip_strength_max],
      ['Strength scale', body.recommended_strength_scale_min, body.recommended_strength_scale_max],
    ] as const) {
      if (values.some((value) => Math.abs(value) > MAX_STRENGTH)) {
        refuse(`${what} must be between -${String(MAX_STRENGTH)} and ${String(MAX_STRENGTH)}`);
      }
    }
  });

export type RandomSampleInput = z.output<typeof randomSampleBody>;

export const cyclerListBody = z.object({
  pool_config: poolConfig,
  /** `model_name`; anything else is by file name. */
  sort_by: textParam().nullable(),
});

const nodeId = z.union([z.string().max(200), z.number()], { error: 'expected text or a number' });

/** A node of the host application, in a graph of its own or in the outermost one. */
const nodeReference = z.union([
  nodeId,
  z.object({ node_id: nodeId, graph_id: nodeId.nullish() }, { error: 'expected a node' }),
]);

export const sendTriggerWordsBody = z.object({
  lora_names: listParam(),
  node_ids: z.array(nodeReference).max(MAX_ENTRIES).default([]),
});
