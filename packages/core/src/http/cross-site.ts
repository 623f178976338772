import { ModelshelfError } from '../errors.js';
import type { HostRequest } from './contract.js';
import { headerValue } from './header-value.js';

/**
 * Whether a browser sent a request on behalf of a page of another origin. Absent headers mean no: that is no browser.
 *
 * @param trusted Origins as `normaliseOrigins` returns them; they pass.
 */
export function isCrossSite(headers: HostRequest['headers'], trusted: ReadonlySet<string>): boolean {
  const origin = headerValue(headers, 'origin');
  if (origin !== undefined && trusted.size > 0) {
    const known = normaliseOrigin(origin);
    if (known !== undefined && trusted.has(known)) return false;
  }
  switch (headerValue(headers, 'sec-fetch-site')?.trim().toLowerCase()) {
    case 'same-origin':
    case 'none':
      return false;
    case 'cross-site':
    case 'same-site':
      return true;
    default:
      // Over plain http browsers do not send Sec-Fetch-Site, except to this machine itself.
      return (
        origin !== undefined && !isOriginOf(origin, headerValue(headers, 'host') ?? headerValue(headers, ':authority'))
      );
  }
}

/** The trusted origins in the form that they are compared in; throws `invalid_configuration` for what is no origin. */
export function normaliseOrigins(origins: readonly string[]): ReadonlySet<string> {
  return new Set(
    origins.map((origin) => {
      const known = normaliseOrigin(origin);
      if (known === undefined) {
        throw new ModelshelfError('invalid_configuration', `trustedOrigins: "${origin}" is not an origin`);
      }
      return known;
    }),
  );
}

function normaliseOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, protocol, host } = new URL(text);
  if (origin !== 'null') return origin;
  // Schemes of desktop shells, such as `tauri://localhost`, have no origin in the standard's sense.
  return host === '' ? undefined : `${protocol}//${host.toLowerCase()}`;
}

/** The scheme is not compared: behind a proxy that ends TLS it is not known here. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const url = new URL(origin);
  // The same scheme on both sides, so that a written-out default port drops out of both.
  const own = `${url.protocol}//${host}`;
  return url.host !== '' && URL.canParse(own) && new URL(own).host === url.host;
}
