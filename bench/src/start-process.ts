// The entry of a measuring process: `<root> <data folder> <models>`. It starts a library, sends one result and ends.
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createModelLibrary } from '@modelshelf/core';

/** What one start measured; times in milliseconds from the call of `createModelLibrary`. */
export interface MeasuredStart {
  /** Until routes answer at all. */
  readonly attached: number;
  /** Until the first page of the list was there with every model in its total. */
  readonly firstPage: number;
  /** Until the scan was over. */
  readonly ready: number;
  /** MiB of the resident set and of the heap that came on top until the scan was over, garbage collected. */
  readonly rss: number;
  readonly heap: number;
}

const MEBIBYTE = 1024 * 1024;
const [root = '', dataDir = '', models = ''] = process.argv.slice(2);

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
collect();
const before = process.memoryUsage();
const start = performance.now();
const library = createModelLibrary({ roots: { loras: [root] }, dataDir, digests: false });
await library.attached;
const attached = performance.now() - start;
let total = 0;
while (total < Number(models)) {
  ({ total } = await library.loras.getModels({ page: 1, page_size: 20 }));
  if (total < Number(models)) await sleep(2);
}
const firstPage = performance.now() - start;
await library.ready;
const ready = performance.now() - start;
collect();
const after = process.memoryUsage();
await library.close();

const result: MeasuredStart = {
  attached,
  firstPage,
  ready,
  rss: (after.rss - before.rss) / MEBIBYTE,
  heap: (after.heapUsed - before.heapUsed) / MEBIBYTE,
};
process.send?.(result, () => process.disconnect());
