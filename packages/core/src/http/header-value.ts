import type { HostRequest } from './contract.js';

/** The value of a header, named in lower case; a header that a host kept as a list reads as the joined list. */
export function headerValue(headers: HostRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}
