import { availableParallelism, loadavg } from 'node:os';

/** What figures depend on, in one line. */
export function machineLine(): string {
  const [load = 0] = loadavg();
  return `Node ${process.version}, ${String(availableParallelism())} cores, load ${load.toFixed(1)} at the start`;
}
