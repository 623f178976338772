import { filterInSlices, inSlices } from './in-slices.js';

/** A file that was somewhere and is somewhere else now. */
export interface Match<Old, New> {
  readonly old: Old;
  readonly fresh: New;
}

/** Files that have the same key, too many to tell which became which. */
export interface Ambiguity<Old, New> {
  readonly olds: readonly Old[];
  readonly news: readonly New[];
}

/** What a key tells of two groups of files. */
interface Matches<Old, New> {
  readonly matched: readonly Match<Old, New>[];
  readonly ambiguous: readonly Ambiguity<Old, New>[];
  readonly oldsLeft: readonly Old[];
  readonly newsLeft: readonly New[];
}

/**
 * Finds what went and what came by a key; undefined as a key matches nothing. One step per file, in slices.
 *
 * Invariant: a key that several files of either side have matches none of them.
 */
export async function matchMoves<Old, New>(
  olds: readonly Old[],
  news: readonly New[],
  keyOfOld: (old: Old) => string | undefined,
  keyOfNew: (fresh: New) => string | undefined,
): Promise<Matches<Old, New>> {
  const matched: Match<Old, New>[] = [];
  const ambiguous: Ambiguity<Old, New>[] = [];
  const oldsByKey = await grouped(olds, keyOfOld, () => true);
  const newsByKey = await grouped(news, keyOfNew, (key) => oldsByKey.has(key));
  const settled = new Set<string>();
  for await (const slice of inSlices([...newsByKey])) {
    for (const [key, sameNews] of slice) {
      const sameOlds = oldsByKey.get(key) ?? [];
      settled.add(key);
      const [old] = sameOlds;
      const [fresh] = sameNews;
      const isOneEach = sameOlds.length === 1 && sameNews.length === 1;
      if (isOneEach && old !== undefined && fresh !== undefined) matched.push({ old, fresh });
      else ambiguous.push({ olds: sameOlds, news: sameNews });
    }
  }
  const isLeft = (key: string | undefined): boolean => key === undefined || !settled.has(key);
  return {
    matched,
    ambiguous,
    oldsLeft: settled.size === 0 ? olds : await filterInSlices(olds, (old) => isLeft(keyOfOld(old))),
    newsLeft: settled.size === 0 ? news : await filterInSlices(news, (fresh) => isLeft(keyOfNew(fresh))),
  };
}

async function grouped<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
  isWanted: (key: string) => boolean,
): Promise<Map<string, T[]>> {
  const groups = new Map<string, T[]>();
  for await (const slice of inSlices(items)) {
    for (const item of slice) {
      const key = keyOf(item);
      if (key === undefined || !isWanted(key)) continue;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [item]);
      else group.push(item);
    }
  }
  return groups;
}
