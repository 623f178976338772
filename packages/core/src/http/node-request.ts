import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { HostBody, HostRequest } from './contract.js';

/** What an adapter knows of a request and Node does not. */
export interface HostParts {
  /** Path and search, raw, after the mount prefix. */
  readonly url: string;
  readonly mountPath: string;
  readonly params: Readonly<Record<string, string>>;
  /** What a host's parser made of the body; leave it out, or undefined, when there is none. */
  readonly parsedBody?: unknown;
}

/** A host request over Node's own objects. Everything that costs something is made when it is asked for. */
export function fromNode(req: IncomingMessage, res: ServerResponse, parts: HostParts): HostRequest {
  return new NodeRequest(req, res, parts);
}

class NodeRequest implements HostRequest {
  readonly method: string;
  readonly url: string;
  readonly mountPath: string;
  readonly params: Readonly<Record<string, string>>;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #parsedBody: unknown;
  #signal: AbortSignal | undefined;

  constructor(req: IncomingMessage, res: ServerResponse, parts: HostParts) {
    this.method = req.method ?? 'GET';
    this.url = parts.url;
    this.mountPath = parts.mountPath;
    this.params = parts.params;
    this.#req = req;
    this.#res = res;
    this.#parsedBody = parts.parsedBody;
  }

  get headers(): HostRequest['headers'] {
    return this.#req.headers;
  }

  get signal(): AbortSignal {
    return (this.#signal ??= signalOf(this.#res));
  }

  readBody(): Promise<HostBody> {
    return Promise.resolve(bodyOf(this.#req, this.#parsedBody));
  }
}

/** Aborts when the response closes before it was written in full. */
function signalOf(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const onClose = (): void => {
    if (!res.writableFinished) controller.abort();
  };
  if (res.closed || res.destroyed) onClose();
  else res.once('close', onClose);
  return controller.signal;
}

/**
 * The body as it is now.
 *
 * Invariant: a stream that somebody drained is never handed on: whoever waits for its end waits forever.
 */
function bodyOf(req: IncomingMessage, parsedBody: unknown): HostBody {
  // A request that broke off unread is handed on as well: its reader sees that, and says so.
  if (!req.readableDidRead && !req.readableEnded) return { kind: 'stream', stream: req };
  if (parsedBody !== undefined) return { kind: 'parsed', value: parsedBody };
  return hasBody(req) ? { kind: 'consumed' } : { kind: 'stream', stream: Readable.from([]) };
}

/** RFC 9112, 6.3: a request without either header has no body. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
