import { ModelshelfError } from '../../errors.js';
import { BitSet } from '../bit-set.js';
import { LONGEST_NAME_PATTERN, MOST_NAME_PATTERNS, namePattern } from './name-pattern.js';
import { TimeSlices } from './time-slices.js';

/** What a run may take: five times what twenty ordinary expressions need. */
const BASE_MS = 1000;
const MODEL_MS = 0.1;

/** A model by its id with the names that are looked at; empty ones match nothing. */
export interface NamedModel {
  readonly id: number;
  readonly names: readonly string[];
}

/** What the names of a model must and must not match (docs/behaviour.md, "Name patterns"). Empty patterns do not count. */
export interface NamePatterns {
  /** One name has to match one of them, if there are any. */
  readonly include: readonly string[];
  /** No name may match one of them. */
  readonly exclude: readonly string[];
  /** Whether they are regular expressions instead of substrings. */
  readonly regex: boolean;
}

/**
 * The ids of the models whose names pass the patterns. The models are taken in at the start, in one go or in slices: who changes
 * them meanwhile asks again.
 *
 * @throws ModelshelfError `cancelled` when the signal aborts, `validation_failed` for too many, too long or too costly patterns.
 *
 * Invariant: no pattern holds the event loop, whatever the expression and however many models there are.
 */
export async function matchNamePatterns(
  models: Iterable<NamedModel>,
  patterns: NamePatterns,
  signal?: AbortSignal,
): Promise<BitSet> {
  const [exclude, include] = [checked(patterns.exclude), checked(patterns.include)];
  const slices = new TimeSlices(signal);
  await slices.pause();
  let open: NamedModel[] = [];
  for (const model of models) {
    open.push(model);
    if (open.length % 256 === 0 && slices.isOver) await slices.pause();
  }
  slices.limit(BASE_MS + MODEL_MS * open.length);
  const found = new BitSet();
  // One pattern after the other, so that only one has its tables in memory.
  for (const pattern of exclude) {
    open = await split(open, pattern, patterns.regex, slices);
  }
  for (const pattern of include) {
    open = await split(open, pattern, patterns.regex, slices, found);
  }
  if (include.length === 0) for (const { id } of open) found.add(id);
  return found;
}

/** Gives back the models that do not match and adds the others to a set. */
async function split(
  models: readonly NamedModel[],
  pattern: string,
  regex: boolean,
  slices: TimeSlices,
  matching?: BitSet,
): Promise<NamedModel[]> {
  if (slices.isOver) await slices.pause();
  const matches = namePattern(pattern, regex);
  const others: NamedModel[] = [];
  for (const model of models) {
    if (slices.isOver) await slices.pause();
    if (model.names.some((name) => name !== '' && matches(name))) matching?.add(model.id);
    else others.push(model);
  }
  return others;
}

function checked(patterns: readonly string[]): readonly string[] {
  if (patterns.length > MOST_NAME_PATTERNS || patterns.some(({ length }) => length > LONGEST_NAME_PATTERN)) {
    throw new ModelshelfError(
      'validation_failed',
      `At most ${String(MOST_NAME_PATTERNS)} name patterns of ${String(LONGEST_NAME_PATTERN)} characters`,
    );
  }
  return [...new Set(patterns)].filter((pattern) => pattern !== '');
}
