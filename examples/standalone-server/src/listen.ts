import { createServer, type RequestListener, type Server } from 'node:http';

/** Why a server cannot listen, in words for the person who started it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

const reasons: Readonly<Record<string, (host: string, port: number) => string>> = {
  EADDRINUSE: (host, port) => `port ${port} on ${host} is in use: stop what uses it, or choose another with --port`,
  EACCES: (host, port) => `port ${port} on ${host} may not be used by this user: choose another with --port`,
  EADDRNOTAVAIL: (host) => `${host} is no address of this machine: choose another with --host`,
  ENOTFOUND: (host) => `${host} is not known: choose another address with --host`,
};

/** Opens a server; resolves when the socket is open and throws `ListenError` when it cannot be. */
export async function listen(listener: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason = reasons[error.code ?? '']?.(host, port) ?? `cannot listen on ${host}: ${error.message}`;
      reject(new ListenError(reason, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
  return server;
}

/** The origin under which a listening server is reached: `http://127.0.0.1:8188`. */
export function originOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
