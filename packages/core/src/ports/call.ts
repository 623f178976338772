import type { Readable } from 'node:stream';

/** One part of a multipart body, in the order in which it arrives. */
export type Part =
  | { readonly kind: 'field'; readonly name: string; readonly value: string }
  | {
      readonly kind: 'file';
      readonly name: string;
      readonly filename: string;
      readonly contentType: string;
      /** Bytes as they arrive; drained for you when you take the next part. */
      readonly stream: Readable;
    };

/** What a handler learns of a call besides its input. The same in process and over HTTP. */
export interface Call {
  /** Aborts when the caller no longer waits. */
  readonly signal: AbortSignal;
  /** What links begin with: the public base path, else where the host mounted the library. */
  readonly basePath: string;
  /** Path as requested, without search. */
  readonly path: string;
  /** What the host's login said of the caller; undefined in process. */
  readonly principal: unknown;
  /** The id of the last event a reconnecting event stream has seen. */
  readonly lastEventId: number | undefined;
  /** The parts of a multipart body; only on routes whose body is `multipart`. */
  parts(): AsyncIterable<Part>;
}
