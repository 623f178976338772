import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { LOOPBACK } from './bench-app.js';

/** Serves requests on a free port of the loopback address. */
export async function listen(handler: RequestListener): Promise<number> {
  const server = createServer(handler);
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return portOf(server);
}

/** The port that a server listens on. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return address.port;
}
