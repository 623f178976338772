/** Runs of this length are sorted by insertion. */
const RUN = 16;
/** Elements between two steps: about a millisecond where most comparisons are ties. */
const STEP = 1024;

/**
 * Sorts ids in place, stably, a few thousand at every step, so that others get their turns in between. A comparison of its
 * own, because the one of typed arrays cannot pause.
 */
export function* sortingSlices(ids: Uint32Array, compare: (a: number, b: number) => number): Generator<void> {
  const { length } = ids;
  for (let from = 0; from < length; from += RUN) {
    sortRun(ids, from, Math.min(from + RUN, length), compare);
    if (from % STEP === 0) yield;
  }
  let source = ids;
  let target: Uint32Array = new Uint32Array(length);
  for (let width = RUN; width < length; width *= 2) {
    for (let low = 0; low < length; low += 2 * width) {
      yield* mergingRuns(
        source,
        target,
        [low, Math.min(low + width, length), Math.min(low + 2 * width, length)],
        compare,
      );
    }
    [source, target] = [target, source];
  }
  if (source !== ids) ids.set(source);
}

function sortRun(ids: Uint32Array, from: number, to: number, compare: (a: number, b: number) => number): void {
  for (let at = from + 1; at < to; at++) {
    const id = ids[at] ?? 0;
    let place = at - 1;
    while (place >= from && compare(ids[place] ?? 0, id) > 0) {
      ids[place + 1] = ids[place] ?? 0;
      place--;
    }
    ids[place + 1] = id;
  }
}

type Bounds = readonly [low: number, middle: number, high: number];

/** Merges two sorted runs that lie side by side into the same place of another array, stably, a few at every step. */
export function* mergingRuns(
  source: Uint32Array,
  target: Uint32Array,
  [low, middle, high]: Bounds,
  compare: (a: number, b: number) => number,
): Generator<void> {
  let [left, right] = [low, middle];
  let at = low;
  // One of them is empty, or much is in order already.
  if (low >= middle || middle >= high || compare(source[middle - 1] ?? 0, source[middle] ?? 0) <= 0) {
    target.set(source.subarray(low, high), low);
    at = high;
  }
  while (at < high) {
    const until = Math.min(high, at + STEP);
    for (; at < until && left < middle && right < high; at++) {
      const [a, b] = [source[left] ?? 0, source[right] ?? 0];
      if (compare(a, b) <= 0) {
        target[at] = a;
        left++;
      } else {
        target[at] = b;
        right++;
      }
    }
    if (left >= middle || right >= high) {
      target.set(source.subarray(left, middle), at);
      at += middle - left;
      target.set(source.subarray(right, high), at);
      at += high - right;
    }
    if (high - low >= STEP || high % STEP < high - low) yield;
  }
}
