import { z } from 'zod';
import { defineRoutes } from '../routes/route-definition.js';

/** What the handlers of the suite have seen so far: lets checks look behind the wire without leaving it. */
export const sightingsSchema = z.object({
  /** Event streams whose generator ran, and those whose `finally` ran. */
  streamsOpened: z.number(),
  streamsClosed: z.number(),
  /** Listeners on the emitter behind the quiet event stream. */
  listeners: z.number(),
  /** Calls of the slow handler, and those whose signal aborted. */
  slowStarted: z.number(),
  slowAborted: z.number(),
  /** Calls that were answered in full and whose signal aborted all the same. */
  lateAborts: z.number(),
  /** Bytes of uploaded files so far, and uploads that broke off. */
  uploadedBytes: z.number(),
  failedUploads: z.number(),
  /** Messages of the errors that clients were told nothing about. */
  reported: z.array(z.string()),
});

const success = z.object({ success: z.literal(true) });
const anything = z.unknown();
const library = { scope: 'library', effect: 'read', summary: 'A route of the conformance suite.' } as const;
const writing = { ...library, effect: 'write' } as const;

/** The routes that every adapter is tried with. */
export const conformanceRoutes = defineRoutes([
  { ...library, handler: 'getPing', methods: ['GET'], path: '/conformance/ping', reply: success },
  {
    ...library,
    handler: 'echoQuery',
    methods: ['GET'],
    path: '/conformance/query',
    query: z.object({
      tag: z.array(z.string()).optional(),
      text: z.string().optional(),
      limit: z.coerce.number().int().optional(),
    }),
    reply: anything,
  },
  {
    ...library,
    handler: 'echoParam',
    methods: ['GET'],
    path: '/conformance/items/{id}',
    params: z.object({ id: z.string() }),
    reply: anything,
  },
  {
    ...writing,
    handler: 'changeItem',
    methods: ['PUT', 'DELETE'],
    path: '/conformance/items/{id}',
    params: z.object({ id: z.string() }),
    reply: anything,
  },
  {
    ...library,
    handler: 'echoParams',
    methods: ['GET'],
    path: '/conformance/items/{id}/parts/{part}',
    params: z.object({ id: z.string(), part: z.string() }),
    reply: anything,
  },
  {
    ...library,
    scope: 'model',
    handler: 'getBoundFor',
    methods: ['GET'],
    path: '/conformance/{prefix}/bound-for',
    reply: anything,
  },
  {
    ...writing,
    handler: 'echoBody',
    methods: ['POST'],
    path: '/conformance/body',
    body: z.looseObject({}),
    reply: anything,
  },
  {
    ...writing,
    handler: 'checkBody',
    methods: ['POST'],
    path: '/conformance/checked',
    body: z.object({ name: z.string().min(1), count: z.number().int().optional() }),
    reply: anything,
  },
  { ...writing, handler: 'ignoreBody', methods: ['POST'], path: '/conformance/ignored', reply: success },
  {
    ...writing,
    handler: 'writeEitherWay',
    methods: ['GET', 'POST'],
    path: '/conformance/either-way',
    query: z.object({ note: z.string().optional() }),
    reply: anything,
  },
  {
    ...writing,
    handler: 'upload',
    methods: ['POST'],
    path: '/conformance/upload',
    body: 'multipart',
    reply: anything,
  },
  {
    ...library,
    handler: 'getValue',
    methods: ['GET'],
    path: '/conformance/value/{kind}',
    params: z.object({ kind: z.enum(['null', 'string', 'number', 'boolean', 'array', 'unicode', 'large']) }),
    reply: anything,
  },
  { ...library, handler: 'getEncoded', methods: ['GET'], path: '/conformance/encoded', reply: anything },
  { ...writing, handler: 'accept', methods: ['POST'], path: '/conformance/accepted', reply: success },
  { ...writing, handler: 'answerNothing', methods: ['POST', 'GET'], path: '/conformance/empty', reply: 'empty' },
  { ...library, handler: 'getPage', methods: ['GET'], path: '/conformance/page', reply: 'html' },
  { ...library, handler: 'getFile', methods: ['GET'], path: '/conformance/file', reply: 'file' },
  { ...library, handler: 'getEmptyFile', methods: ['GET'], path: '/conformance/empty-file', reply: 'file' },
  { ...library, handler: 'getMissingFile', methods: ['GET'], path: '/conformance/missing-file', reply: 'file' },
  {
    ...library,
    handler: 'getEvents',
    methods: ['GET'],
    path: '/conformance/events',
    query: z.object({ limit: z.coerce.number().int().optional() }),
    reply: 'events',
  },
  { ...library, handler: 'getQuietEvents', methods: ['GET'], path: '/conformance/events/quiet', reply: 'events' },
  { ...library, handler: 'getBrokenEvents', methods: ['GET'], path: '/conformance/events/broken', reply: 'events' },
  {
    ...library,
    handler: 'fail',
    methods: ['GET'],
    path: '/conformance/fail/{code}',
    params: z.object({ code: z.string() }),
    reply: anything,
  },
  {
    ...library,
    handler: 'failUnexpectedly',
    methods: ['GET'],
    path: '/conformance/unexpected/{how}',
    params: z.object({ how: z.enum(['thrown', 'rejected']) }),
    reply: anything,
  },
  { ...library, handler: 'getUnattached', methods: ['GET'], path: '/conformance/unattached', reply: anything },
  { ...library, handler: 'getSlowly', methods: ['GET'], path: '/conformance/slow', reply: anything },
  { ...library, handler: 'getWatched', methods: ['GET'], path: '/conformance/watched', reply: success },
  {
    ...library,
    handler: 'getDelayed',
    methods: ['GET'],
    path: '/conformance/delayed/{id}',
    params: z.object({ id: z.coerce.number().int() }),
    reply: anything,
  },
  { ...library, handler: 'getLinkBase', methods: ['GET'], path: '/conformance/link-base', reply: anything },
  { ...library, handler: 'getPrincipal', methods: ['GET'], path: '/conformance/principal', reply: anything },
  { ...library, handler: 'getSightings', methods: ['GET'], path: '/conformance/sightings', reply: sightingsSchema },
]);
