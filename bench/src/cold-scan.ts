import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createModelLibrary } from '@modelshelf/core';

/** What one cold scan measured; times in milliseconds. */
export interface ColdScan {
  readonly models: number;
  /** From the call of `createModelLibrary` until it is ready. */
  readonly time: number;
  /** CPU time of all threads in the same stretch. */
  readonly cpu: number;
  /** How late a timer of 1 ms came, counted from the tick before it: an idle loop shows a little over 1. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly max: number };
  /** MiB that the process grew by: at the end, and at its largest. */
  readonly growth: { readonly end: number; readonly peak: number };
}

const MEBIBYTE = 1024 * 1024;
const NANOSECONDS = 1e6;

/** Scans a library that nothing is known of, in this process. */
export async function coldScan(root: string, dataDir: string): Promise<ColdScan> {
  const rssBefore = process.memoryUsage.rss();
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  const library = createModelLibrary({ roots: { loras: [root] }, dataDir, digests: false });
  const { models } = await library.ready;
  const time = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  loop.disable();
  const end = (process.memoryUsage.rss() - rssBefore) / MEBIBYTE;
  const peak = (process.resourceUsage().maxRSS * 1024 - rssBefore) / MEBIBYTE;
  await library.close();
  const at = (percent: number): number => loop.percentile(percent) / NANOSECONDS;
  return {
    models,
    time,
    cpu: (user + system) / 1000,
    delay: { p50: at(50), p99: at(99), max: loop.max / NANOSECONDS },
    growth: { end, peak },
  };
}
