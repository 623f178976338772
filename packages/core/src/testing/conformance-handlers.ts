import { createHash } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { ModelshelfError, type ErrorCode } from '../errors.js';
import { STATUS_OF } from '../http/problem.js';
import type { Call } from '../ports/call.js';
import type { HandlersOf } from '../routes/route-io.js';
import type { ServerEvent } from '../shapes/reply.js';
import type { conformanceRoutes, sightingsSchema } from './conformance-routes.js';

/** The bytes of the file reply: no two neighbouring ranges are alike. */
export const fileBytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => (at * 31 + (at >> 8)) & 255));

/** Where `conformanceRouteHost` writes the file reply's file. */
export const fileIn = (directory: string): string => join(directory, 'conformance.bin');

/** Where it writes a file without any bytes. */
export const emptyFileIn = (directory: string): string => join(directory, 'empty.bin');

/** The bytes of the encoded reply; spaces and escapes tell whether somebody encoded them a second time. */
export const encodedBytes = Buffer.from('{ "success" : true,  "text": "\\u00e9 é" }');

/** What the value routes answer, by kind. */
export const values = {
  null: null,
  string: 'plain text, not JSON? It is JSON.',
  number: 42.5,
  boolean: false,
  array: [1, 'two', null],
  unicode: { text: 'Grüße, 日本語, 🗿, \u2028 and a "quote"' },
  large: Array.from({ length: 40_000 }, (_, at) => `entry ${at}: naïve`),
} as const;

/** What no client may ever read. */
export const secret = 'token s3cr3t at /home/somebody/.config';

function isErrorCode(code: string): code is ErrorCode {
  return code in STATUS_OF;
}

/** One upload's parts as they arrived. */
async function readParts(call: Call, onBytes: (count: number) => void) {
  const parts: unknown[] = [];
  for await (const part of call.parts()) {
    if (part.kind === 'field') {
      parts.push({ name: part.name, value: part.value });
      continue;
    }
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of part.stream) {
      const bytes = Buffer.from(chunk);
      hash.update(bytes);
      size += bytes.length;
      onBytes(bytes.length);
    }
    const { name, filename, contentType } = part;
    parts.push({ name, filename, contentType, size, sha256: hash.digest('hex') });
  }
  return parts;
}

/** Handlers for `conformanceRoutes`, with a note of what they see; `reported` is written by the policy's `onError`. */
export function conformanceHandlers(directory: string, reported: string[]): HandlersOf<typeof conformanceRoutes> {
  const bus = new EventEmitter().setMaxListeners(0);
  const seen: Omit<z.output<typeof sightingsSchema>, 'listeners' | 'reported'> = {
    streamsOpened: 0,
    streamsClosed: 0,
    slowStarted: 0,
    slowAborted: 0,
    lateAborts: 0,
    uploadedBytes: 0,
    failedUploads: 0,
  };

  async function* ticks(from: number, limit: number): AsyncGenerator<ServerEvent> {
    seen.streamsOpened += 1;
    try {
      for (let id = from; id < from + limit; id += 1) {
        yield { id, event: 'tick', data: { id, text: 'zwei\nZeilen' } };
        await sleep(20);
      }
    } finally {
      seen.streamsClosed += 1;
    }
  }

  async function* quiet(signal: AbortSignal): AsyncGenerator<ServerEvent> {
    seen.streamsOpened += 1;
    try {
      const more = on(bus, 'tick', { signal });
      yield { id: 1, event: 'quiet', data: null };
      for await (const data of more) yield { id: 2, event: 'quiet', data };
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      seen.streamsClosed += 1;
    }
  }

  async function* broken(): AsyncGenerator<ServerEvent> {
    yield { id: 1, event: 'tick', data: null };
    await sleep(20);
    throw new Error(secret);
  }

  const throwSecret = (): never => {
    throw new Error(secret);
  };

  return {
    getPing: () => ({ kind: 'json', body: { success: true } }),
    echoQuery: (query) => ({ kind: 'json', body: query }),
    echoParam: ({ id }) => ({ kind: 'json', body: { id } }),
    changeItem: ({ id }) => ({ kind: 'json', body: { changed: id } }),
    echoParams: ({ id, part }) => ({ kind: 'json', body: { id, part } }),
    getBoundFor: (_, { path }) => ({ kind: 'json', body: { path } }),
    echoBody: (body) => ({ kind: 'json', body }),
    checkBody: (body) => ({ kind: 'json', body }),
    ignoreBody: () => ({ kind: 'json', body: { success: true } }),
    writeEitherWay: (input) => ({ kind: 'json', body: { wrote: input } }),
    upload: async (_, call) => {
      try {
        const parts = await readParts(call, (count) => (seen.uploadedBytes += count));
        return { kind: 'json', body: { parts } };
      } catch (error) {
        seen.failedUploads += 1;
        throw error;
      }
    },
    getValue: ({ kind }) => ({ kind: 'json', body: values[kind] }),
    getEncoded: () => ({
      kind: 'encoded',
      body: { bytes: () => encodedBytes, value: (): unknown => JSON.parse(encodedBytes.toString()) },
    }),
    accept: () => ({ kind: 'json', status: 202, body: { success: true } }),
    answerNothing: () => ({ kind: 'empty' }),
    getPage: () => ({ kind: 'html', body: '<!doctype html><title>Grüße</title>' }),
    getFile: () => ({
      kind: 'file',
      path: fileIn(directory),
      contentType: 'model/x-conformance',
      cacheControl: 'private, max-age=60',
    }),
    getEmptyFile: () => ({
      kind: 'file',
      path: emptyFileIn(directory),
      contentType: 'model/x-conformance',
      cacheControl: 'no-cache',
    }),
    getMissingFile: () => ({
      kind: 'file',
      path: join(directory, 'is-not-there.bin'),
      contentType: 'model/x-conformance',
      cacheControl: 'no-cache',
    }),
    getEvents: ({ limit }, { lastEventId }) => ({
      kind: 'events',
      events: ticks((lastEventId ?? 0) + 1, limit ?? Number.POSITIVE_INFINITY),
    }),
    getQuietEvents: (_, { signal }) => ({ kind: 'events', events: quiet(signal) }),
    getBrokenEvents: () => ({ kind: 'events', events: broken() }),
    fail: ({ code }) => {
      throw new ModelshelfError(isErrorCode(code) ? code : 'not_found', `It is ${code}.`, { cause: new Error(secret) });
    },
    failUnexpectedly: ({ how }) => {
      if (how === 'rejected') return sleep(1).then(throwSecret);
      return throwSecret();
    },
    getUnattached: () => ({ kind: 'json', body: { success: true } }),
    getSlowly: async (_, { signal }) => {
      seen.slowStarted += 1;
      signal.addEventListener('abort', () => (seen.slowAborted += 1), { once: true });
      await sleep(4000, undefined, { signal });
      return { kind: 'json', body: { success: true } };
    },
    getWatched: (_, { signal }) => {
      signal.addEventListener('abort', () => (seen.lateAborts += 1), { once: true });
      return { kind: 'json', body: { success: true } };
    },
    getDelayed: async ({ id }) => {
      await sleep((id * 7) % 23);
      return { kind: 'json', body: { id } };
    },
    getLinkBase: (_, { basePath, path }) => ({ kind: 'json', body: { basePath, path } }),
    getPrincipal: (_, { principal }) => ({ kind: 'json', body: { principal: principal ?? null } }),
    getSightings: () => ({
      kind: 'json',
      body: { ...seen, listeners: bus.listenerCount('tick'), reported: [...reported] },
    }),
  };
}
