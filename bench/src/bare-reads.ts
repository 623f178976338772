import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SIDECAR = '.metadata.json';

/** Milliseconds that reading a library takes without anything being made of it. */
export interface BareReads {
  /** Listing every folder and asking for the status of every model file. */
  readonly walk: number;
  /** Reading every sidecar as text. */
  readonly read: number;
  /** Reading and parsing every sidecar. */
  readonly parse: number;
  /** CPU time of reading and parsing every sidecar. */
  readonly parseCpu: number;
}

/** Measures the floors under a scan: synchronous calls in one thread. */
export function measureBareReads(root: string): BareReads {
  const sidecars: string[] = [];
  const walk = timeOf(() => walkFolder(root, sidecars));
  let characters = 0;
  const read = timeOf(() => {
    for (const path of sidecars) characters += readFileSync(path, 'utf8').length;
  });
  let parsed = 0;
  const cpuBefore = process.cpuUsage();
  const parse = timeOf(() => {
    for (const path of sidecars) parsed += JSON.parse(readFileSync(path, 'utf8')) === null ? 0 : 1;
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  if (characters === 0 || parsed !== sidecars.length) throw new Error('The sidecars could not be read.');
  return { walk, read, parse, parseCpu: (user + system) / 1000 };
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function walkFolder(folder: string, sidecars: string[]): void {
  for (const child of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, child.name);
    if (child.isDirectory()) walkFolder(path, sidecars);
    else if (child.name.endsWith(SIDECAR)) sidecars.push(path);
    else if (child.name.endsWith('.safetensors')) statSync(path);
  }
}
