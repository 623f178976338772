import type { Server } from 'node:http';
import type { ModelLibrary } from '@modelshelf/core';

const graceMs = 1000;
const signals = { SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Closes server and library: no new requests, records written, and answers that run get a second to end. Event streams
 * end with the library and cannot hold it. Rejects when the library could not close, after the server did.
 */
export async function shutDown(server: Server, library: Pick<ModelLibrary, 'close'>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  try {
    await library.close();
  } finally {
    const grace = setTimeout(() => server.closeAllConnections(), graceMs);
    server.closeIdleConnections();
    await closed;
    clearTimeout(grace);
  }
}

/** Calls `stop` on the first SIGINT or SIGTERM, and `fail` when it rejects; a second one ends the process at once. */
export function onStopSignal(stop: () => Promise<void>, fail: (error: unknown) => void): void {
  let isStopping = false;
  for (const [signal, number] of Object.entries(signals)) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + number);
      isStopping = true;
      stop().catch(fail);
    });
  }
}
