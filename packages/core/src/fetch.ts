import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { HostBody, HostRequest, WireResponse } from './http/contract.js';
import type { RouteHost } from './http/route-host.js';

/** Options of the Fetch binding. */
export interface FetchHandlerOptions {
  /** Where the host mounted the library: `/studio`, a slash behind it or not. Requests for other paths are not ours. */
  readonly basePath?: string;
  /** Says who is calling; what it returns is handed to `authorize` and to the handlers. */
  principal?(request: Request): unknown;
  /** Answers what no route matches; without it such a request is a 404 with the envelope. */
  notFound?(request: Request): Response | Promise<Response>;
}

/**
 * Binds a library to any host that speaks Fetch: Next.js, Hono, Bun, Deno.
 *
 * @example
 * export const GET = toFetchHandler(library);
 * app.all('/studio/*', (c) => handle(c.req.raw)); // const handle = toFetchHandler(library, { basePath: '/studio' })
 */
export function toFetchHandler(
  host: RouteHost,
  options: FetchHandlerOptions = {},
): (request: Request) => Promise<Response> {
  const basePath = (options.basePath ?? '').replace(/\/+$/, '');
  return async (request) => {
    const { pathname, search, host: authority } = new URL(request.url);
    const inside = pathname.startsWith(`${basePath}/`);
    const path = pathname.slice(basePath.length);
    const match = inside ? host.match(request.method, path) : undefined;
    if (match === undefined) return options.notFound?.(request) ?? answerNotFound();
    const { binding, params } = match;
    const parts = { url: path + search, mountPath: basePath, authority, params };
    return toResponse(await host.handle(binding, new FetchRequest(request, parts), await options.principal?.(request)));
  };
}

interface FetchParts extends Pick<HostRequest, 'url' | 'mountPath' | 'params'> {
  readonly authority: string;
}

/** A host request over a Fetch request; what costs something is made when it is asked for. */
class FetchRequest implements HostRequest {
  readonly method: string;
  readonly url: string;
  readonly mountPath: string;
  readonly params: Readonly<Record<string, string>>;
  readonly #request: Request;
  readonly #authority: string;
  #headers: Readonly<Record<string, string>> | undefined;

  constructor(request: Request, { url, mountPath, authority, params }: FetchParts) {
    this.method = request.method;
    this.url = url;
    this.mountPath = mountPath;
    this.params = params;
    this.#request = request;
    this.#authority = authority;
  }

  get headers(): HostRequest['headers'] {
    // A request that no server received has no Host header, and its URL says the same.
    return (this.#headers ??= { host: this.#authority, ...Object.fromEntries(this.#request.headers) });
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }

  readBody(): Promise<HostBody> {
    return Promise.resolve(bodyOf(this.#request));
  }
}

function bodyOf(request: Request): HostBody {
  if (request.bodyUsed) return { kind: 'consumed' };
  const body: ReadableStream | null = request.body;
  return { kind: 'stream', stream: body === null ? Readable.from([]) : Readable.fromWeb(body) };
}

function toResponse({ status, headers, payload }: WireResponse): Response {
  return new Response(payload instanceof Readable ? Readable.toWeb(payload) : payload, { status, headers });
}

function answerNotFound(): Response {
  return Response.json({ success: false, error: 'Not found', code: 'not_found' }, { status: 404 });
}
