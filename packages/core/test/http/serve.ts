import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import type { WireResponse } from '../../src/http/contract.js';
import { createRouteHost } from '../../src/http/create-route-host.js';
import { fromNode } from '../../src/http/node-request.js';
import type { HttpPolicy, RouteBinding } from '../../src/http/route-host.js';
import { writeNode } from '../../src/http/write-node.js';
import type { RouteDefinition } from '../../src/routes/route-definition.js';
import type { AnyRouteHandler } from '../../src/routes/route-extension.js';
import { z } from 'zod';

export const quiet: HttpPolicy = {
  authorize: undefined,
  trustedOrigins: [],
  publicBasePath: undefined,
  limits: { json: 1024, file: 64 * 1024, parts: 20 },
  heartbeatMs: 20,
  onError: () => undefined,
};

export const route = (more: Partial<RouteDefinition> = {}): RouteDefinition => ({
  handler: 'getThing',
  methods: ['GET'],
  path: '/thing',
  scope: 'library',
  effect: 'read',
  summary: 'A thing.',
  reply: z.unknown(),
  ...more,
});

/** Handlers of tests return what their route does not know: only the encoder looks at it. */
export type TestHandler = (...given: Parameters<AnyRouteHandler>) => ReturnType<AnyRouteHandler>;

export const bind = (definition: RouteDefinition, handler: AnyRouteHandler, prefix?: string): RouteBinding => ({
  definition,
  path: definition.path,
  methods: definition.methods,
  prefix,
  resolve: () => handler,
});

const running: Server[] = [];

afterEach(() => {
  for (const server of running.splice(0)) server.close().closeAllConnections();
});

/** A server on a real socket over the bindings; `parse` plays the host's body parser. */
export async function serve(
  bindings: readonly RouteBinding[],
  policy: Partial<HttpPolicy> = {},
  parse?: (req: IncomingMessage) => unknown,
): Promise<string> {
  const host = createRouteHost(bindings, { ...quiet, ...policy });
  return listen(
    createServer((req, res) => {
      void (async () => {
        const parsedBody = await parse?.(req);
        const url = req.url ?? '/';
        const match = host.match(req.method ?? 'GET', url.split('?', 1)[0] ?? '');
        if (match === undefined) return res.writeHead(404).end('host');
        const { binding, params } = match;
        const request = fromNode(req, res, { url, mountPath: '', params, parsedBody });
        await writeNode(res, await host.handle(binding, request, req.headers['x-user']));
      })();
    }),
  );
}

export async function listen(server: Server): Promise<string> {
  running.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

/** Asks as it is written: nothing is normalised, nothing added. */
export function ask(url: string, path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ hostname, port, path, method, headers, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text: bytes.toString('utf8') });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

export const post = (url: string, path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  ask(url, path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers },
  });

/** The text of an answer that is not streamed. */
export function textOf({ payload }: WireResponse): string {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) throw new Error('no text');
  return payload.toString();
}

export async function eventually(probe: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + 4000; Date.now() < deadline;) {
    if (probe()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`waited in vain for ${what}`);
}
