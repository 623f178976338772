/** The code of a file system error such as `ENOENT`; empty for any other thrown value. */
export function fsErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EIO: 'input/output error',
  ENOENT: 'not there',
  ENOTDIR: 'not a folder',
  ELOOP: 'too many links',
  ENAMETOOLONG: 'the name is too long',
};

/** Says in words why the file system refused; for messages that a user reads. */
export function fsErrorReason(error: unknown): string {
  const code = fsErrorCode(error);
  return REASONS[code] ?? (code || 'unknown error');
}
