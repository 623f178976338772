import type { WorkSlices } from './work-slices.js';

const RUN = 256;

type Compare<T> = (a: T, b: T) => number;

/** A stable sort into a new list that never holds the event loop: short runs are sorted, then merged. */
export async function sortInSlices<T>(items: readonly T[], compare: Compare<T>, slices: WorkSlices): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += RUN) {
    runs.push(items.slice(start, start + RUN).sort(compare));
    if (slices.isOver(RUN)) await slices.next();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let i = 0; i < runs.length; i += 2)
      merged.push(await merge(runs[i] ?? [], runs[i + 1] ?? [], compare, slices));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(left: T[], right: T[], compare: Compare<T>, slices: WorkSlices): Promise<T[]> {
  const merged: T[] = [];
  let r = 0;
  for (const item of left) {
    for (let other = right[r]; other !== undefined && compare(item, other) > 0; other = right[r]) {
      merged.push(other);
      r++;
      if (slices.isOver()) await slices.next();
    }
    merged.push(item);
    if (slices.isOver()) await slices.next();
  }
  for (; r < right.length; r++) {
    const rest = right[r];
    if (rest !== undefined) merged.push(rest);
    if (slices.isOver()) await slices.next();
  }
  return merged;
}
