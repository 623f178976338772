import { ModelshelfError } from '../errors.js';
import { createDigester, type DigestOptions, type Digester, type FileDigest } from './digest-in-worker.js';

/** How long threads without work are kept. */
const IDLE_MS = 30_000;

interface PoolOptions {
  /** Milliseconds without work after which all threads end. Default 30 seconds. */
  readonly idleMs?: number;
  /** Makes one thread; for tests. */
  readonly create?: () => Digester;
}

/**
 * A digester that reads as many files at the same time as it is asked to, each in a thread of its own: the caller
 * bounds them. Threads start when they are needed, serve one file after the other, and end after a while without work.
 */
export function createDigesterPool({ idleMs = IDLE_MS, create = createDigester }: PoolOptions = {}): Digester {
  const all = new Set<Digester>();
  const free: Digester[] = [];
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const endFree = (): void => {
    for (const digester of free.splice(0)) {
      all.delete(digester);
      void digester.close();
    }
  };

  const release = (digester: Digester): void => {
    free.push(digester);
    clearTimeout(timer);
    if (!closed && free.length === all.size) timer = setTimeout(endFree, idleMs).unref();
  };

  const take = (): Digester => {
    clearTimeout(timer);
    const digester = free.pop() ?? create();
    all.add(digester);
    return digester;
  };

  return {
    async digest(path: string, options?: DigestOptions): Promise<FileDigest> {
      if (closed) throw new ModelshelfError('library_closed', 'The library was closed.');
      const digester = take();
      try {
        return await digester.digest(path, options);
      } finally {
        release(digester);
      }
    },
    async close(): Promise<void> {
      closed = true;
      clearTimeout(timer);
      free.length = 0;
      await Promise.all([...all].map((digester) => digester.close()));
    },
  };
}
