import { setImmediate } from 'node:timers/promises';

/** The items in slices, with a turn of the event loop between two of them: others go on meanwhile. */
export async function* inSlices<T>(items: readonly T[], size = 500): AsyncIterable<readonly T[]> {
  for (let from = 0; from < items.length; from += size) {
    if (from > 0) await setImmediate();
    yield items.slice(from, from + size);
  }
}
