import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ModelshelfError } from '../errors.js';
import type { FileReply } from '../shapes/reply.js';
import { parseByteRange, type ByteRange } from './byte-range.js';
import type { HostRequest, WireResponse } from './contract.js';
import { FileSlice } from './file-slice.js';
import { isNotModified, mayTakeRange, validatorsOf } from './file-validators.js';
import { headerValue } from './header-value.js';
import { encodeProblem, toProblem } from './problem.js';

/**
 * Answers with a file: conditional requests, a single range, HEAD.
 *
 * Invariant: what is sent is what was measured. The file is opened first, and everything is asked of the handle.
 */
export async function encodeFile(
  reply: FileReply,
  request: HostRequest,
  onStreamError: (error: unknown) => void,
): Promise<WireResponse> {
  const handle = await openFile(reply.path);
  let wire: WireResponse | undefined;
  try {
    wire = await answer(handle, reply, request, onStreamError);
    return wire;
  } finally {
    // A payload closes the handle itself, when it is done.
    if (!(wire?.payload instanceof FileSlice)) await handle.close();
  }
}

async function answer(
  handle: FileHandle,
  reply: FileReply,
  request: HostRequest,
  onStreamError: (error: unknown) => void,
): Promise<WireResponse> {
  const stats = await handle.stat({ bigint: true });
  if (!stats.isFile()) throw notFound();
  const size = Number(stats.size);
  const validators = validatorsOf(stats);
  const common = {
    'cache-control': reply.cacheControl,
    etag: validators.etag,
    'last-modified': validators.lastModified,
  };
  if (isNotModified(request.headers, validators)) return { status: 304, headers: common, payload: null };

  // Range is defined for GET alone (RFC 9110, 14.2).
  const asked = request.method === 'GET' ? headerValue(request.headers, 'range') : undefined;
  const range =
    asked !== undefined && mayTakeRange(request.headers, validators) ? parseByteRange(asked, size) : undefined;
  if (range === 'unsatisfiable') {
    const problem = toProblem(
      new ModelshelfError('range_not_satisfiable', 'The range begins after the end of the file'),
    );
    return encodeProblem(problem, request, { 'content-range': `bytes */${size}`, 'accept-ranges': 'bytes' });
  }
  const { first, last }: ByteRange = range ?? { first: 0, last: size - 1 };
  const length = last - first + 1;
  const headers = {
    ...common,
    'content-type': reply.contentType,
    'content-length': String(length),
    'accept-ranges': 'bytes',
    // A preview that somebody else wrote must not run as a page of this origin.
    'x-content-type-options': 'nosniff',
    ...(range === undefined ? undefined : { 'content-range': `bytes ${first}-${last}/${size}` }),
  };
  const payload =
    request.method === 'HEAD' || length === 0
      ? null
      : new FileSlice(handle, { first, length, signal: request.signal, onStreamError });
  return { status: range === undefined ? 200 : 206, headers, payload };
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'ERR_INVALID_ARG_VALUE']);

/** Opens a file for reading; without O_NONBLOCK a named pipe would hold a thread until somebody writes to it. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code))) throw notFound(error);
    throw error;
  }
}

const notFound = (cause?: unknown): ModelshelfError => new ModelshelfError('not_found', 'File not found', { cause });
