import { setImmediate } from 'node:timers/promises';

/** Short enough for requests in between to stay quick. */
const SLICE_MS = 4;

/** Runs work that can pause in slices, with a turn of the event loop after each; a process that ends does not wait for it. */
export async function inTurns(work: Generator<void>): Promise<void> {
  let start = performance.now();
  while (work.next().done !== true) {
    if (performance.now() - start < SLICE_MS) continue;
    await setImmediate();
    start = performance.now();
  }
}

/** Runs the same work without a pause. */
export function runAtOnce(work: Generator<void>): void {
  while (work.next().done !== true);
}
