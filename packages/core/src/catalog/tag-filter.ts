import { BitSet } from './bit-set.js';
import type { ModelFilter } from './model-filter.js';
import { PostingList } from './posting-list.js';
import { Selection } from './selection.js';
import type { ValueIndex } from './value-index.js';

/** The pseudo tag that stands for "has no tags". */
const NO_TAGS = '__no_tags__';

const clean = (tags: readonly string[]): Set<string> =>
  new Set(tags.map((tag) => tag.trim().toLowerCase()).filter((tag) => tag !== ''));

/** Models by tag, trimmed and in lower case, and those that have none. */
export interface TaggedModels {
  readonly byTag: ValueIndex;
  readonly untagged: BitSet;
}

/**
 * Narrows a selection by tags; a tag in both lists is unwanted.
 *
 * Source: docs/behaviour.md, "Tags".
 */
export function keepTagged(
  models: TaggedModels,
  { include, exclude, logic }: NonNullable<ModelFilter['tags']>,
  selection: Selection,
): void {
  const unwanted = clean(exclude);
  const wanted = [...clean(include)].filter((tag) => !unwanted.has(tag));
  const listOf = (tag: string): PostingList | BitSet | undefined =>
    tag === NO_TAGS ? models.untagged.clone() : models.byTag.get(tag);
  const [only] = wanted;
  if (only !== undefined && wanted.length === 1) selection.keep(listOf(only));
  else if (only !== undefined && logic === 'any') selection.keep(unionOf(wanted.map(listOf)));
  else if (only !== undefined) keepAll(models, wanted, selection);
  for (const tag of unwanted) selection.drop(listOf(tag));
}

function unionOf(lists: readonly (PostingList | BitSet | undefined)[]): BitSet {
  const union = new BitSet();
  for (const list of lists) {
    if (list instanceof BitSet) union.or(list);
    else list?.addTo(union);
  }
  return union;
}

/** Every tag, or none at all when that is asked for too. */
function keepAll({ byTag, untagged }: TaggedModels, wanted: readonly string[], selection: Selection): void {
  const named = wanted.filter((tag) => tag !== NO_TAGS);
  if (named.length === wanted.length) {
    for (const tag of named) selection.keep(byTag.get(tag));
    return;
  }
  const found = new Selection(new PostingList());
  for (const tag of named) found.keep(byTag.get(tag));
  const either = found.bits ?? new BitSet();
  selection.keep(either.or(untagged));
}
