import type { EventsReply, Reply } from '../shapes/reply.js';
import type { HostRequest, WireResponse } from './contract.js';
import { encodeFile } from './encode-file.js';
import { EventStream } from './event-stream.js';

/** What encoding a reply needs besides the request. */
export interface EncodeOptions {
  /** Milliseconds between the comment pings of an event stream. */
  readonly heartbeatMs: number;
  /** Hears of a failure that comes after the head of the answer, too late for an error envelope. */
  onStreamError(error: unknown): void;
}

/**
 * Turns a reply into what an adapter writes, once for all hosts.
 *
 * Invariant: HEAD answers with the headers of GET and no payload; it opens no file stream and starts no events.
 */
export function encode(
  reply: Reply,
  request: HostRequest,
  options: EncodeOptions,
): WireResponse | Promise<WireResponse> {
  switch (reply.kind) {
    case 'json':
      return whole(request, reply.status ?? 200, JSON_TYPE, jsonText(reply.body));
    case 'encoded':
      return whole(request, 200, JSON_TYPE, reply.body.bytes());
    case 'html':
      return whole(request, 200, 'text/html; charset=utf-8', reply.body);
    case 'empty':
      return { status: 204, headers: {}, payload: null };
    case 'events':
      return encodeEvents(reply, request, options);
    case 'file':
      return encodeFile(reply, request, (error) => options.onStreamError(error));
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** JSON has no word for undefined, and an answer must not be without a body. */
function jsonText(body: unknown): string {
  const text: string | undefined = JSON.stringify(body);
  return text ?? 'null';
}

/** Text stays text: Node sends it in one piece with the head, and bytes in a second one, which costs a small answer more. */
function whole(request: HostRequest, status: number, contentType: string, payload: string | Buffer): WireResponse {
  return {
    status,
    headers: { 'content-type': contentType, 'content-length': String(Buffer.byteLength(payload)) },
    payload: request.method === 'HEAD' ? null : payload,
  };
}

function encodeEvents(reply: EventsReply, request: HostRequest, options: EncodeOptions): WireResponse {
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // `no-transform` keeps compression middleware from holding events back; nginx has a header of its own for that.
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
    payload:
      request.method === 'HEAD'
        ? null
        : new EventStream(reply.events, request.signal, { ...options, closing: reply.signal }),
  };
}
