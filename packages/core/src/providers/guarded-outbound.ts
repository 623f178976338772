import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline } from 'node:stream';
import { isModelshelfError, ModelshelfError } from '../errors.js';
import { PACKAGE_VERSION } from '../package-version.js';
import type { Outbound, OutboundAnswer, OutboundOptions } from '../ports/outbound.js';
import { answerTooLarge, CappedBody } from './capped-body.js';
import { checkedLookup, notPublic, resolveBySystem, type ResolveHost } from './checked-lookup.js';
import { isPublicAddress } from './public-address.js';

/** What a test may change. */
export interface GuardedOutboundOptions {
  /** Connects to these addresses too, or to any, so that a test can ask a server of its own. Nothing else is a reason. */
  readonly allowPrivateAddresses?: boolean | ((address: string) => boolean);
  readonly resolve?: ResolveHost;
}

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const UNKNOWN_HOST = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA']);

/**
 * Asks for URLs that clients name, without lending them this computer's place in its network.
 *
 * Invariant: only `http` and `https` URLs without credentials are asked for, and only at addresses that were checked to
 * be public; this holds for every redirect.
 */
export class GuardedOutbound implements Outbound {
  readonly #isAllowed: (address: string) => boolean;
  readonly #lookup: LookupFunction;

  constructor({ allowPrivateAddresses = false, resolve = resolveBySystem }: GuardedOutboundOptions = {}) {
    const isPrivateAllowed =
      typeof allowPrivateAddresses === 'function' ? allowPrivateAddresses : () => allowPrivateAddresses;
    this.#isAllowed = (address) => isPublicAddress(address) || isPrivateAllowed(address);
    this.#lookup = checkedLookup(resolve, this.#isAllowed);
  }

  async fetch(url: string, options: OutboundOptions): Promise<OutboundAnswer> {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const end = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
    const failureOf = (error: unknown): Error => {
      if (isModelshelfError(error)) return error;
      if (options.signal?.aborted === true) return new ModelshelfError('cancelled', 'The request was given up');
      return failed(timeout.aborted ? 'it took too long' : reasonOf(error), error);
    };
    try {
      const answer = await this.#follow(url, options.accept ?? '*/*', end);
      return answerOf(answer, options.maxBytes, failureOf);
    } catch (error) {
      throw failureOf(error);
    }
  }

  async #follow(url: string, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    let target = this.#checked(url);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const answer = await this.#ask(target, accept, signal);
      const { location } = answer.headers;
      if (location === undefined || !REDIRECTS.has(answer.statusCode ?? 0)) return answer;
      answer.destroy();
      target = this.#checked(location, target);
    }
    throw failed('it redirects too often');
  }

  /** Throws `validation_failed` for a URL that may not be asked for. Names are checked when they are looked up. */
  #checked(url: string, base?: URL): URL {
    if (!URL.canParse(url, base?.href)) throw new ModelshelfError('validation_failed', 'The URL is not valid');
    const target = new URL(url, base);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new ModelshelfError('validation_failed', 'The URL must begin with http:// or https://');
    }
    if (target.username !== '' || target.password !== '') {
      throw new ModelshelfError('validation_failed', 'The URL must not hold a name or a password');
    }
    const host = target.hostname.replace(/^\[|\]$/g, '');
    // A socket looks up names only: an address would pass by the lookup.
    if (isIP(host) !== 0 && !this.#isAllowed(host)) throw notPublic();
    return target;
  }

  #ask(url: URL, accept: string, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { accept, 'accept-encoding': 'identity', 'user-agent': `modelshelf/${PACKAGE_VERSION}` };
    // No shared agent: a connection that somebody else opened was never checked.
    const options = { agent: false, headers, signal, lookup: this.#lookup };
    return new Promise((resolve, reject) => {
      const request = url.protocol === 'https:' ? requestSecure(url, options) : requestPlain(url, options);
      request.on('response', resolve).on('error', reject).end();
    });
  }
}

function answerOf(answer: IncomingMessage, maxBytes: number, failureOf: (error: unknown) => Error): OutboundAnswer {
  const { statusCode = 0, headers } = answer;
  const refusal =
    statusCode !== 200
      ? failed(`the server answered ${String(statusCode)}`)
      : (headers['content-encoding'] ?? 'identity') !== 'identity'
        ? failed('the server sent it compressed')
        : Number(headers['content-length'] ?? 0) > maxBytes
          ? answerTooLarge(maxBytes)
          : undefined;
  if (refusal !== undefined) {
    answer.destroy();
    throw refusal;
  }
  const body = new CappedBody(maxBytes, failureOf);
  pipeline(answer, body, () => undefined);
  const [contentType = ''] = (headers['content-type'] ?? '').split(';');
  return { contentType: contentType.trim().toLowerCase(), body };
}

const failed = (reason: string, cause?: unknown): ModelshelfError =>
  new ModelshelfError('provider_failed', reason, { cause });

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return UNKNOWN_HOST.has(code) ? 'the host is not known' : 'the connection failed';
}
