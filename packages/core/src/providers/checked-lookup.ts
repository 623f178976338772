import type { LookupAddress } from 'node:dns';
import { lookup as askSystem } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { ModelshelfError } from '../errors.js';

/** Every address of a host name; `dns.lookup` in real life. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

/** As the system resolves names, its `hosts` file included. */
export const resolveBySystem: ResolveHost = (hostname) => askSystem(hostname, { all: true });

/** What a client learns of an address that may not be asked: nothing of what is behind it. */
export function notPublic(): ModelshelfError {
  return new ModelshelfError('validation_failed', 'The URL leads to an address that is not public');
}

/**
 * The name lookup of a socket. What it answers is what the socket connects to: the name is not asked for again.
 *
 * Invariant: a name of which one address is not allowed has no address at all.
 */
export function checkedLookup(resolve: ResolveHost, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    const refuse = (error: unknown): void => callback(error instanceof Error ? error : new Error('lookup failed'), '');
    resolve(hostname).then((addresses) => {
      const [first] = addresses;
      if (first === undefined) return refuse(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }));
      if (!addresses.every(({ address }) => isAllowed(address))) return refuse(notPublic());
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    }, refuse);
  };
}
