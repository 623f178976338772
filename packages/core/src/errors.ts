import type { Json } from './shapes/json.js';

/** Every way in which Modelshelf says no. A new code needs a status in `http/problem.ts`, or it does not compile. */
export type ErrorCode =
  | 'validation_failed'
  | 'malformed_body'
  | 'forbidden'
  | 'cross_site_refused'
  | 'path_outside_roots'
  | 'not_found'
  | 'conflict'
  | 'sidecar_unusable'
  | 'auto_organize_in_progress'
  | 'read_only'
  | 'access_denied'
  | 'library_locked'
  | 'disk_full'
  | 'storage_unavailable'
  | 'too_many_open_files'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'range_not_satisfiable'
  | 'provider_failed'
  | 'invalid_configuration'
  | 'body_consumed'
  | 'internal'
  | 'service_not_ready'
  | 'library_closed'
  | 'cancelled';

/**
 * The one error class of Modelshelf: `code` tells what happened, `message` is fit to be shown to a user.
 *
 * Identify errors by `code`, never by `instanceof`: an application may hold two copies of this package.
 */
export class ModelshelfError extends Error {
  override readonly name: string = 'ModelshelfError';
  readonly code: ErrorCode;
  /** What a client may use to point at the cause, such as the offending fields; never a secret or an outside path. */
  readonly details?: Json;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Json } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.details !== undefined) this.details = options.details;
  }
}

/** Tells whether a thrown value is a Modelshelf error, whichever copy of the package made it. */
export function isModelshelfError(value: unknown): value is ModelshelfError {
  return value instanceof Error && value.name === 'ModelshelfError' && 'code' in value;
}
