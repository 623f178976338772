/** JSON that is already bytes, with the value that it stands for: pages are joined from fragments, not stringified. */
export interface EncodedJson<T = unknown> {
  /** The UTF-8 bytes of the JSON text. */
  bytes(): Buffer;
  /** The same as plain data, made anew at each call. */
  value(): T;
}

/** One event of an event stream. */
export interface ServerEvent {
  readonly id: number;
  readonly event: string;
  readonly data: unknown;
}

/** A JSON answer: a value, or bytes that stand for one. */
export type JsonReply<T = unknown> =
  | { readonly kind: 'json'; readonly status?: number; readonly body: T }
  | { readonly kind: 'encoded'; readonly body: EncodedJson<T> };

export interface HtmlReply {
  readonly kind: 'html';
  readonly body: string;
}

/** A file of the library; ranges, validators and HEAD are the encoder's business. */
export interface FileReply {
  readonly kind: 'file';
  /** Absolute path, already known to be contained. */
  readonly path: string;
  readonly contentType: string;
  readonly cacheControl: string;
}

/** A stream of events; the iterator is returned when the client leaves. */
export interface EventsReply {
  readonly kind: 'events';
  readonly events: AsyncIterable<ServerEvent>;
  /** Ends the stream at once, even when the client takes nothing and the iterator is not asked for more. */
  readonly signal?: AbortSignal;
}

/** 204, no body. */
export interface EmptyReply {
  readonly kind: 'empty';
}

/** What a handler returns. It never sees a framework object. */
export type Reply = JsonReply | HtmlReply | FileReply | EventsReply | EmptyReply;
