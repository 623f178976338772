import type { CatalogRecord } from '../catalog/catalog-record.js';
import type { RandomSampleInput } from '../routes/lora-bodies.js';
import { isJsonObject } from '../shapes/json.js';

/** A lora as a node of the host application takes it. */
type ChosenLora = {
  readonly name: string;
  readonly strength: number;
  readonly clipStrength: number;
  readonly active: boolean;
  readonly expanded: boolean;
  readonly locked: boolean;
};

/** A lora that the node keeps: it goes back as it came. */
type LockedLora = Readonly<Record<string, unknown>>;

const DEFAULT_COUNT = 5;
/** Strengths that differ by less are shown as one. */
const SAME_STRENGTH = 0.001;

/** What is recommended beyond that is a mistake, and scaled it may be no number at all. */
const MOST_RECOMMENDED = 1000;

/** `folder/stem`, or `stem` at the top of a root. */
export const loraNameOf = ({ entry }: CatalogRecord): string =>
  entry.folder === '' ? entry.file_name : `${entry.folder}/${entry.file_name}`;

/**
 * Draws loras from a pool without putting back, with the locked ones behind them (docs/behaviour.md, "Random samples").
 *
 * @param random From 0 up to, not including, 1.
 */
export function sampleLoras(
  pool: readonly CatalogRecord[],
  input: RandomSampleInput,
  random: () => number,
): (ChosenLora | LockedLora)[] {
  const count = countOf(input, random);
  const locked = (input.locked_loras ?? []).slice(0, count);
  const taken = new Set(locked.map(({ name }) => name));
  const free = pool.filter((record) => !taken.has(loraNameOf(record)));
  const drawn = draw(free, count - locked.length, random);
  return [...drawn.map((record) => chosenLora(record, input, random)), ...locked];
}

function countOf({ count, count_min, count_max }: RandomSampleInput, random: () => number): number {
  if (typeof count_min !== 'number' || typeof count_max !== 'number') return count ?? DEFAULT_COUNT;
  const least = Math.min(count_min, count_max);
  return least + Math.floor(random() * (Math.abs(count_max - count_min) + 1));
}

/** The first steps of a Fisher-Yates shuffle. */
function draw<T>(from: readonly T[], count: number, random: () => number): T[] {
  const rest = [...from];
  const drawn: T[] = [];
  while (drawn.length < count && rest.length > 0) {
    const at = Math.floor(random() * rest.length);
    const last = rest.pop();
    const chosen = rest[at] ?? last;
    if (at < rest.length && last !== undefined) rest[at] = last;
    if (chosen !== undefined) drawn.push(chosen);
  }
  return drawn;
}

function chosenLora(record: CatalogRecord, input: RandomSampleInput, random: () => number): ChosenLora {
  const between = (least: number, most: number): number => least + random() * (most - least);
  const recommended = input.use_recommended_strength ? recommendedStrengths(record.entry.usage_tips) : {};
  const scaled = (value: number): number =>
    value * between(input.recommended_strength_scale_min, input.recommended_strength_scale_max);
  const strength = rounded(
    recommended.model === undefined
      ? between(input.model_strength_min, input.model_strength_max)
      : scaled(recommended.model),
  );
  const ownClip = (): number =>
    recommended.clip === undefined
      ? between(input.clip_strength_min, input.clip_strength_max)
      : scaled(recommended.clip);
  const clipStrength = input.use_same_clip_strength ? strength : rounded(ownClip());
  return {
    name: loraNameOf(record),
    strength,
    clipStrength,
    active: true,
    expanded: Math.abs(strength - clipStrength) > SAME_STRENGTH,
    locked: false,
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

/** What the usage tips of a lora recommend; programs spell the strength of the text encoder in two ways. */
function recommendedStrengths(usageTips: string): { readonly model?: number; readonly clip?: number } {
  const tips = parsed(usageTips);
  const model = numberIn(tips['strength']);
  const clip = numberIn(tips['clipStrength']) ?? numberIn(tips['clip_strength']);
  return { ...(model === undefined ? {} : { model }), ...(clip === undefined ? {} : { clip }) };
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= MOST_RECOMMENDED ? number : undefined;
}
