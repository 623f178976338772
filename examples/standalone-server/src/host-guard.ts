import type { RequestListener } from 'node:http';

const localNames = ['localhost', '127.0.0.1', '[::1]'];

/** Whether only programs of this machine can reach a server that listens on this address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

/** Whether a Host header names this machine, with any port. */
export function namesThisMachine(host: string | undefined): boolean {
  return localNames.includes((host ?? '').replace(/:\d+$/, '').toLowerCase());
}

/**
 * Refuses requests whose Host header names another machine, before any framework sees them.
 *
 * A page of another site may point a name of its own at 127.0.0.1 (DNS rebinding): the browser then takes us for that
 * site, and only the Host header tells. A server that others are meant to reach has names that we do not know.
 */
export function guardHost(address: string, next: RequestListener): RequestListener {
  if (!isLoopback(address)) return next;
  return (request, response) => {
    if (namesThisMachine(request.headers.host)) return next(request, response);
    const body = JSON.stringify({
      success: false,
      error: 'This server answers only to requests for localhost',
      code: 'forbidden',
    });
    response.writeHead(403, { 'content-type': 'application/json; charset=utf-8', connection: 'close' }).end(body);
  };
}
