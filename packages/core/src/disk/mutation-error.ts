import { isModelshelfError, ModelshelfError, type ErrorCode } from '../errors.js';
import { fsErrorCode } from './fs-error.js';
import { nameOf, toForwardSlashes } from './normalise-path.js';

type Refusal = readonly [code: ErrorCode, say: (name: string) => string];

const FULL: Refusal = ['disk_full', (name) => `The disk is full: "${name}" could not be written. Nothing was changed.`];
const DENIED: Refusal = ['access_denied', (name) => `No permission to change "${name}". Nothing was changed.`];
const BUSY: Refusal = ['access_denied', (name) => `"${name}" is in use by another program. Nothing was changed.`];
const READ_ONLY: Refusal = ['read_only', (name) => `"${name}" lies on a read-only file system.`];
const TOO_MANY: Refusal = ['too_many_open_files', () => 'Too many files are open; try again in a moment.'];
const AWAY: Refusal = ['storage_unavailable', (name) => `The storage of "${name}" cannot be used right now.`];
const TAKEN: Refusal = ['conflict', (name) => `"${name}" is in the way or was changed by another program.`];
const GONE: Refusal = ['not_found', (name) => `"${name}" is no longer there.`];
const UNNAMEABLE: Refusal = ['validation_failed', (name) => `"${name}" is no name that this file system takes.`];

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: ['disk_full', (name) => `"${name}" is too large for this file system. Nothing was changed.`],
  EROFS: READ_ONLY,
  EACCES: DENIED,
  EPERM: DENIED,
  EBUSY: BUSY,
  ETXTBSY: BUSY,
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  EIO: AWAY,
  ENODEV: AWAY,
  ENXIO: AWAY,
  ESTALE: AWAY,
  ETIMEDOUT: AWAY,
  EHOSTDOWN: AWAY,
  EHOSTUNREACH: AWAY,
  ENOTCONN: AWAY,
  EEXIST: TAKEN,
  ENOTEMPTY: TAKEN,
  EISDIR: TAKEN,
  ENOTDIR: TAKEN,
  EXDEV: ['conflict', (name) => `"${name}" would have to be on the same disk.`],
  ENOENT: GONE,
  ENAMETOOLONG: UNNAMEABLE,
  EINVAL: UNNAMEABLE,
  EILSEQ: UNNAMEABLE,
};

/** What a failed change of files means to a caller. Messages name the file, never its folder. */
export function toMutationError(error: unknown, path: string): ModelshelfError {
  if (isModelshelfError(error)) return error;
  const refusal = REFUSALS[fsErrorCode(error)];
  if (refusal === undefined)
    return new ModelshelfError('internal', 'The files could not be changed.', { cause: error });
  const [code, say] = refusal;
  return new ModelshelfError(code, say(nameOf(toForwardSlashes(path))), { cause: error });
}
