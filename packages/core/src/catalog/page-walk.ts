import type { BitSet } from './bit-set.js';
import type { ListingOrder } from './listing-orders.js';

/** Comparing two ids costs about as much as testing this many bits. */
const COMPARISON_COST = 12;

/** Which part of the matches is wanted. */
interface PageRange {
  readonly start: number;
  readonly count: number;
  /** How many ids match in all. */
  readonly total: number;
}

/** The ids of one page of those that match, in listing order; without a set everything matches. */
export function pageOf(order: ListingOrder, matches: BitSet | undefined, range: PageRange): readonly number[] {
  const { ids, descending, compare } = order;
  const count = Math.min(range.count, range.total - range.start);
  if (count <= 0) return [];
  if (matches === undefined) {
    return Array.from(
      { length: count },
      (_, at) => ids[descending ? ids.length - 1 - range.start - at : range.start + at] ?? 0,
    );
  }
  // The nearer end is walked from: the last page is as near as the first.
  const before = range.start;
  const after = range.total - range.start - count;
  const fromEnd = after < before;
  const steps = (ids.length * (Math.min(before, after) + count)) / range.total;
  if (compare !== undefined && range.total * Math.log2(range.total + 1) * COMPARISON_COST < steps) {
    const sorted = [...matches].sort(descending ? (a, b) => compare(b, a) : compare);
    return sorted.slice(range.start, range.start + count);
  }
  const found = matches.inOrder(ids, { skip: fromEnd ? after : before, count, backwards: descending !== fromEnd });
  return fromEnd ? found.reverse() : found;
}
