import { STATUS_CODES } from 'node:http';
import { isModelshelfError, type ErrorCode } from '../errors.js';
import type { Json } from '../shapes/json.js';
import type { HostRequest, WireResponse } from './contract.js';
import { headerValue } from './header-value.js';

/** The only place in the repository where a domain failure meets a status number. */
export const STATUS_OF = {
  validation_failed: 400,
  malformed_body: 400,
  forbidden: 403,
  cross_site_refused: 403,
  path_outside_roots: 403,
  read_only: 403,
  access_denied: 403,
  not_found: 404,
  conflict: 409,
  sidecar_unusable: 409,
  auto_organize_in_progress: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  range_not_satisfiable: 416,
  library_locked: 423,
  body_consumed: 500,
  internal: 500,
  invalid_configuration: 500,
  provider_failed: 502,
  service_not_ready: 503,
  library_closed: 503,
  cancelled: 503,
  storage_unavailable: 503,
  too_many_open_files: 503,
  disk_full: 507,
} as const satisfies Record<ErrorCode, number>;

/** A failure as a client may see it. */
export interface Problem {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details?: Json;
}

/**
 * What a client learns of a thrown value.
 *
 * Invariant: of anything but a Modelshelf error with a known code, a client learns nothing.
 */
export function toProblem(error: unknown): Problem {
  // Another copy of the package may be newer and know codes that have no status here.
  if (!isModelshelfError(error) || !Object.hasOwn(STATUS_OF, error.code)) {
    return { status: STATUS_OF.internal, code: 'internal', message: 'Internal server error' };
  }
  const problem = { status: STATUS_OF[error.code], code: error.code, message: error.message };
  return error.details === undefined ? problem : { ...problem, details: error.details };
}

/** Writes a problem as bytes: the envelope, or `application/problem+json` when the Accept header names that type. */
export function encodeProblem(
  problem: Problem,
  request: Pick<HostRequest, 'method' | 'headers'>,
  extraHeaders: Readonly<Record<string, string>> = {},
): WireResponse {
  const asProblemJson = namesProblemJson(headerValue(request.headers, 'accept'));
  const body = Buffer.from(JSON.stringify(asProblemJson ? problemJsonOf(problem) : envelopeOf(problem)));
  return {
    status: problem.status,
    headers: {
      'content-type': asProblemJson ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8',
      'content-length': String(body.length),
      ...(problem.status === 503 ? { 'retry-after': '1' } : undefined),
      ...extraHeaders,
    },
    payload: request.method === 'HEAD' ? null : body,
  };
}

function envelopeOf({ code, message, details }: Problem): Json {
  // Clients of the reference compare these whole bodies to tell "not yet" and "not twice" from "no".
  if (code === 'service_not_ready') return { success: false, error: 'Service not ready' };
  if (code === 'auto_organize_in_progress') return { success: false, error: message };
  return { success: false, error: message, code, details };
}

/** RFC 9457. */
function problemJsonOf({ status, code, message, details }: Problem): Json {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail: message, code, details };
}

function namesProblemJson(accept: string | undefined): boolean {
  if (accept === undefined || !/application\/problem\+json/i.test(accept)) return false;
  return accept.split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((piece) => piece.trim().toLowerCase());
    // Weight zero means "not this one" (RFC 9110, 12.4.2).
    return type === 'application/problem+json' && !parameters.some((parameter) => /^q\s*=\s*0(\.0*)?$/.test(parameter));
  });
}
