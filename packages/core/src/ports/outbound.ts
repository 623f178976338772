import type { Readable } from 'node:stream';

/** Limits and wishes of one question to the outside. */
export interface OutboundOptions {
  /** Bytes that the answer may have; more ends it with `payload_too_large`. */
  readonly maxBytes: number;
  /** Milliseconds from the question to the last byte, redirects included. */
  readonly timeoutMs: number;
  /** Media types that are of use. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** The answer of a server that said 200. */
export interface OutboundAnswer {
  /** The media type that the server states, in lower case and without parameters; empty when it states none. */
  readonly contentType: string;
  /** The bytes as they arrive. Whoever does not read it to its end destroys it. Fails with `ModelshelfError`s. */
  readonly body: Readable;
}

/**
 * How URLs that clients name are asked for.
 *
 * Invariant: nothing but public addresses is ever connected to, whatever redirects and name servers answer.
 */
export interface Outbound {
  /**
   * Rejects with `validation_failed` for a URL that may not be asked for, `payload_too_large`, `cancelled`, or
   * `provider_failed` with the reason as its message.
   */
  fetch(url: string, options: OutboundOptions): Promise<OutboundAnswer>;
}
