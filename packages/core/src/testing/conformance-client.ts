import assert from 'node:assert/strict';
import { type Agent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { buffer as readBuffer, text as readText } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../errors.js';
import { STATUS_OF } from '../http/problem.js';
import type { ConformanceHost } from './conformance-host.js';
import { hostNotFound } from './conformance-host.js';
import { sightingsSchema } from './conformance-routes.js';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** A request that goes out exactly as it is written here: no normalising of the path, no added header. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** Opens a request below the mount over a socket of its own. The path is sent as it is. */
export function open(host: ConformanceHost, path: string, question: Question = {}) {
  const { hostname, port } = new URL(host.origin);
  const outgoing = httpRequest({
    hostname,
    port,
    path: path.startsWith('/host/') ? path : `${host.mount}${path}`,
    method: question.method ?? 'GET',
    headers: { ...question.headers },
    agent: question.agent ?? false,
  });
  // A server may answer before it has read the whole body; what then becomes of the rest is nobody's error.
  return outgoing.on('error', () => undefined);
}

/** Resolves to the answer's head; its body is still to come. */
export function answerTo(outgoing: ReturnType<typeof open>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
}

/** Asks and reads the whole answer. */
export async function ask(host: ConformanceHost, path: string, question: Question = {}): Promise<Answer> {
  const outgoing = open(host, path, question);
  const answered = answerTo(outgoing);
  outgoing.end(question.body);
  const incoming = await within(answered, `an answer to ${question.method ?? 'GET'} ${path}`);
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, bytes: await readBuffer(incoming) };
}

/** Asks with a JSON body. */
export function post(host: ConformanceHost, path: string, body: string, headers: Question['headers'] = {}) {
  const bytes = Buffer.from(body);
  return ask(host, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers },
    body: bytes,
  });
}

/** Sends bytes over a bare socket and resolves to all text that comes back until the server closes. */
export async function converse(host: ConformanceHost, text: string): Promise<string> {
  const { hostname, port } = new URL(host.origin);
  const socket = connect(Number(port), hostname);
  socket.write(text);
  return within(readText(socket), 'the end of a conversation');
}

/** The answer's JSON. */
export function jsonOf(answer: Pick<Answer, 'bytes'>): unknown {
  return JSON.parse(answer.bytes.toString('utf8'));
}

/** Asserts a status and the JSON value with it. */
export function assertJson(answer: Answer, status: number, expected: unknown): void {
  assert.equal(answer.status, status, answer.bytes.toString('utf8'));
  assert.match(answer.headers['content-type'] ?? '', /^application\/json(;|$)/);
  assert.deepEqual(jsonOf(answer), expected);
}

/** Asserts the error envelope with a code and the status of that code. */
export function assertProblem(answer: Answer, code: ErrorCode): void {
  const text = answer.bytes.toString('utf8');
  assert.equal(answer.status, STATUS_OF[code], text);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json(;|$)/);
  assert.equal(answer.headers['content-length'], String(answer.bytes.length));
  const body: unknown = JSON.parse(text);
  assert.ok(typeof body === 'object' && body !== null && 'error' in body && 'success' in body, text);
  assert.equal(body.success, false);
  assert.ok(typeof body.error === 'string' && body.error.length > 0, text);
  // "Not yet" and "not twice" are told by the whole body, which therefore has no code.
  if (code === 'service_not_ready') assert.deepEqual(body, { success: false, error: 'Service not ready' });
  else if (code === 'auto_organize_in_progress') assert.deepEqual(Object.keys(body), ['success', 'error']);
  else assert.ok('code' in body && body.code === code, text);
}

/** Asserts that the request passed by the library and reached the host's own 404. */
export function assertFellThrough(answer: Answer): void {
  assert.equal(answer.bytes.toString('utf8'), hostNotFound);
  assert.equal(answer.status, 404);
}

/** Asserts that a host parser in front refused the body itself, with whatever page it has. */
export function assertHostRefused(answer: Answer): void {
  assert.ok(answer.status >= 400 && answer.status < 500, `a 4xx of the host's parser, got ${answer.status}`);
}

/** Asks the handlers what they have seen so far. */
export async function sightings(host: ConformanceHost) {
  return sightingsSchema.parse(jsonOf(await ask(host, '/conformance/sightings')));
}

/** Waits until a probe holds, and fails with `what` when it does not within eight seconds. */
export async function eventually(what: string, probe: () => Promise<boolean> | boolean): Promise<void> {
  for (const deadline = Date.now() + 8000; Date.now() < deadline; await sleep(10)) {
    if (await probe()) return;
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Fails when a promise takes longer than eight seconds: a request that hangs is a finding, not a stuck suite. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(8000, undefined, { signal: timer.signal }).then(() => assert.fail(`waited in vain for ${what}`));
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
