import { ModelshelfError } from '../errors.js';
import type { HostRequest } from './contract.js';
import { headerValue } from './header-value.js';

/** How the bytes of a JSON route's body are to be read. */
export type TextFormat = 'json' | 'urlencoded';

/**
 * The format that a Content-Type header announces on a JSON route; throws `unsupported_media_type` for any other.
 *
 * A missing Content-Type means JSON, because clients of the reference send none. Forms are read too, since plain
 * scripts and HTML forms have nothing else; a repeated key is then a list, and the route's schema decides.
 */
export function textFormatOf(headers: HostRequest['headers']): TextFormat {
  const encoding = headerValue(headers, 'content-encoding');
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new ModelshelfError('unsupported_media_type', 'Compressed request bodies are not supported');
  }
  const contentType = headerValue(headers, 'content-type');
  if (contentType === undefined || contentType.trim() === '') return 'json';
  const [type = '', ...parameters] = contentType.split(';').map((piece) => piece.trim().toLowerCase());
  const charset = parameters.map((parameter) => /^charset\s*=\s*"?([^"]*)"?$/.exec(parameter)?.[1]).find(Boolean);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw new ModelshelfError('unsupported_media_type', 'The body must be encoded as UTF-8');
  }
  if (type === 'application/json' || /^[^/\s]+\/[^/\s]+\+json$/.test(type)) return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'urlencoded';
  throw new ModelshelfError('unsupported_media_type', 'The body must be JSON');
}
