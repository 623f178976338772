import { setImmediate } from 'node:timers/promises';

/** Those of many items that pass, found in slices. */
export async function filterInSlices<T>(items: readonly T[], passes: (item: T) => boolean): Promise<T[]> {
  const passed: T[] = [];
  for await (const slice of inSlices(items, 2_000)) passed.push(...slice.filter(passes));
  return passed;
}

/** The items in slices, with a turn of the event loop between two of them: others go on meanwhile. */
export async function* inSlices<T>(items: readonly T[], size = 500): AsyncIterable<readonly T[]> {
  for (let from = 0; from < items.length; from += size) {
    if (from > 0) await setImmediate();
    yield items.slice(from, from + size);
  }
}
