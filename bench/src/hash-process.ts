// Digests files through the digest service of the core, in a process of its own, and tells time and loop delay.
import { statSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createDigesterPool } from '../../packages/core/src/disk/digest-pool.js';
import { placeOfFile } from '../../packages/core/src/disk/digest-place.js';
import { silentLogger } from '../../packages/core/src/ports/logger.js';
import { DigestService } from '../../packages/core/src/services/digests/digest-service.js';

/** What the process is asked for, as JSON. */
export interface HashTask {
  readonly paths: readonly string[];
  readonly autov3: boolean;
  readonly streamsPerDisk: number;
}

/** What it answers. */
export interface HashResult {
  readonly milliseconds: number;
  readonly delayP99: number;
  readonly digests: readonly string[];
  readonly autov3: number;
}

async function digestThrough(
  pool: ReturnType<typeof createDigesterPool>,
  { paths, autov3, streamsPerDisk }: HashTask,
): Promise<HashResult> {
  const closing = new AbortController();
  const digests = new Map<string, string>();
  let withAutov3 = 0;
  const service = new DigestService({
    digester: pool,
    placeOf: placeOfFile,
    records: { find: () => undefined, keep: () => Promise.resolve(), close: () => Promise.resolve() },
    clock: { now: () => Date.now() },
    logger: silentLogger,
    signal: closing.signal,
    onProgress: () => undefined,
    streamsPerDisk,
  });
  const target = {
    pendingDigests: () =>
      paths
        .filter((path) => !digests.has(path))
        .map((path) => {
          const { size, mtimeMs, ino } = statSync(path);
          return { path, file: { size, mtimeMs, ino }, autov3 };
        }),
    suspects: () => [],
    setDigest: (path: string, _file: unknown, digest: { sha256: string; autov3?: string | undefined }) => {
      digests.set(path, digest.sha256);
      if (digest.autov3 !== undefined) withAutov3 += 1;
      return true;
    },
  };
  service.addTarget(target, { lazy: false, onEntered: () => undefined });
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = performance.now();
  service.wake();
  await service.idle();
  const milliseconds = performance.now() - before;
  delay.disable();
  closing.abort();
  return {
    milliseconds,
    delayP99: delay.percentile(99) / 1e6,
    digests: paths.map((path) => digests.get(path) ?? ''),
    autov3: withAutov3,
  };
}

const pool = createDigesterPool();

process.on('message', (text: string) => {
  const task = JSON.parse(text) as HashTask;
  void digestThrough(pool, task).then((result) => process.send?.(result));
});
