import type { Readable } from 'node:stream';

/** Everything an adapter must supply. Seven members; adding an eighth needs a conformance check. */
export interface HostRequest {
  readonly method: string;
  /** Path and search, raw, after the mount prefix. */
  readonly url: string;
  /** `''` or `/studio`; only for building links. */
  readonly mountPath: string;
  /** Decoded path parameters. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Aborts when the client goes away before the answer was written. */
  readonly signal: AbortSignal;
  /** Lazy: no call, no read. */
  readBody(): Promise<HostBody>;
}

/** A request body: untouched bytes, what a host's parser made of them, or nothing because somebody drained it. */
export type HostBody =
  | { readonly kind: 'stream'; readonly stream: Readable }
  | { readonly kind: 'parsed'; readonly value: unknown }
  | { readonly kind: 'consumed' };

/** What an adapter writes: text, bytes, a stream or nothing; every header is already decided. */
export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer | Readable | null;
}
