import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { ModelshelfError } from '../errors.js';
import { headerValue } from './header-value.js';
import { textFormatOf, type TextFormat } from './media-type.js';
import type { BodySource } from './request-body.js';

/**
 * The value that the body of a JSON route stands for, at most `limit` bytes of it.
 *
 * Invariant: an empty body and `{}` mean the same, whoever read it.
 * Invariant: no more than `limit` bytes are ever held; a stream that somebody drained is never waited for.
 */
export async function readJsonBody(source: BodySource, limit: number): Promise<unknown> {
  const format = textFormatOf(source.headers);
  const body = await source.readBody();
  if (body.kind === 'consumed') throw bodyConsumed();
  if (Number(headerValue(source.headers, 'content-length') ?? 0) > limit) throw tooLarge(limit);
  return body.kind === 'parsed' ? fromParser(body.value, format) : fromBytes(await readAll(body.stream, limit), format);
}

/** Somebody in front read the body and left nothing; the message names the fix. */
export function bodyConsumed(): ModelshelfError {
  return new ModelshelfError(
    'body_consumed',
    'The request body was read before Modelshelf saw it. Mount Modelshelf before your body parser.',
  );
}

/** The client left before its whole body arrived. */
export function clientLeft(cause?: unknown): ModelshelfError {
  return new ModelshelfError('cancelled', 'The request ended before its body was complete', { cause });
}

/** A parser of text or of raw bytes leaves the reading to us. */
function fromParser(value: unknown, format: TextFormat): unknown {
  if (value === undefined || value === null) return {};
  if (typeof value === 'string') return fromText(value, format);
  if (value instanceof Uint8Array) return fromBytes(value, format);
  if (format === 'urlencoded' && isJsonTakenForForm(value)) {
    throw new ModelshelfError('malformed_body', 'The body is JSON, but its Content-Type says that it is a form');
  }
  return value;
}

/** Such as curl sends it unless it is told otherwise: a form has no braces, browsers encode them. */
const JSON_BEGINS = /^\s*[{[]/;

/** Whether a parser of forms made members out of the text of JSON: none of them would be what the client meant. */
function isJsonTakenForForm(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).some((key) => JSON_BEGINS.test(key));
}

function fromBytes(bytes: Uint8Array, format: TextFormat): unknown {
  if (!isUtf8(bytes)) throw new ModelshelfError('malformed_body', 'The body is not valid UTF-8');
  return fromText(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'), format);
}

function fromText(raw: string, format: TextFormat): unknown {
  // Some editors and PowerShell begin UTF-8 with a byte order mark.
  const text = raw.startsWith('\uFEFF') ? raw.slice(1) : raw;
  if (text === '') return {};
  if (format === 'urlencoded' && !JSON_BEGINS.test(text)) return fromForm(text);
  try {
    // The reviver costs time, so it runs only where the key can be: written out, or with an escape in it.
    const value: unknown = /__proto__|\\u/.test(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
    return value;
  } catch {
    // The parser's own message quotes the body.
    throw new ModelshelfError('malformed_body', 'The body is not valid JSON');
  }
}

/** Drops what becomes somebody's prototype when it is copied by assignment. */
function withoutProto(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}

function fromForm(text: string): Record<string, string | string[]> {
  const fields = new Map<string, string | string[]>();
  for (const [key, value] of new URLSearchParams(text)) {
    const before = fields.get(key);
    if (before === undefined) fields.set(key, value);
    else if (typeof before === 'string') fields.set(key, [before, value]);
    else before.push(value);
  }
  fields.delete('__proto__');
  return Object.fromEntries(fields);
}

function readAll(stream: Readable, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const settle = (act: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // A request that breaks off later must not become an uncaught error.
      stream.on('error', () => undefined);
      act();
    };
    const onData = (data: Uint8Array | string): void => {
      // Text when somebody in front called `setEncoding`.
      const chunk = typeof data === 'string' ? Buffer.from(data) : data;
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      stream.pause();
      settle(() => reject(tooLarge(limit)));
    };
    const onEnd = (): void => {
      const [only] = chunks;
      settle(() => resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks)));
    };
    const onClose = (cause?: unknown): void => settle(() => reject(clientLeft(cause)));
    if (stream.readableEnded) onEnd();
    else if (stream.destroyed) onClose();
    else stream.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

const tooLarge = (limit: number): ModelshelfError =>
  new ModelshelfError('payload_too_large', `The body is larger than ${limit} bytes`);
