import { Readable } from 'node:stream';
import type { ServerEvent } from '../shapes/reply.js';

interface EventStreamOptions {
  readonly heartbeatMs: number;
  /** Bytes that stay unread for this long break the connection off; a minute unless told. */
  readonly dropAfterMs?: number;
  /** The source closes: the stream ends, whether the reader reads or not. */
  readonly closing?: AbortSignal | undefined;
  onStreamError(error: unknown): void;
}

const DROP_AFTER_MS = 60_000;
/** Time for what was pushed before the source closed. */
const LAST_READ_MS = 1000;

/**
 * Server-sent events as bytes.
 *
 * Invariant: the next event is pulled only when the reader took everything before it.
 * Invariant: a reader that takes nothing holds neither its connection nor a closing source for long.
 * Invariant: when the reader leaves, however that shows, the iterator's `return()` is called exactly once.
 */
export class EventStream extends Readable {
  readonly #iterator: AsyncIterator<ServerEvent, unknown>;
  readonly #signal: AbortSignal;
  readonly #options: EventStreamOptions;
  readonly #leave = (): void => void this.destroy();
  readonly #close = (): void => this.#finish(LAST_READ_MS);
  readonly #dropAfterMs: number;
  #heartbeat: NodeJS.Timeout | undefined;
  #unread: NodeJS.Timeout | undefined;
  #opened = false;
  #pulling = false;
  #ended = false;
  #closed = false;

  constructor(events: AsyncIterable<ServerEvent>, signal: AbortSignal, options: EventStreamOptions) {
    // One byte: a slow reader gets what is newest when it is ready, not what was newest when it fell behind.
    super({ highWaterMark: 1 });
    this.#iterator = events[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#options = options;
    this.#dropAfterMs = options.dropAfterMs ?? DROP_AFTER_MS;
    const { closing } = options;
    if (signal.aborted) this.destroy();
    else if (closing?.aborted === true) this.#close();
    else {
      signal.addEventListener('abort', this.#leave, { once: true });
      closing?.addEventListener('abort', this.#close, { once: true });
    }
  }

  override _read(): void {
    // Asked for more only when the buffer empties.
    this.#forgetUnread();
    if (this.#closed) {
      this.push(null);
      return;
    }
    if (!this.#opened) {
      // Proxies and clients show a stream as open with its first bytes, not with its head.
      this.#opened = true;
      this.#heartbeat = setInterval(() => this.#ping(), this.#options.heartbeatMs);
      this.#send(': open\n\n');
    } else if (!this.#pulling) {
      this.#pulling = true;
      void this.#pull();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    this.#forgetUnread();
    this.#signal.removeEventListener('abort', this.#leave);
    this.#options.closing?.removeEventListener('abort', this.#close);
    this.#leaveIterator();
    callback(error);
  }

  async #pull(): Promise<void> {
    try {
      const next = await this.#next();
      if (this.destroyed || this.#closed) return;
      this.#pulling = false;
      if (next.done === true) this.#finish(this.#dropAfterMs);
      else this.#send(frameOf(next.value));
    } catch (error) {
      if (this.destroyed || this.#closed) return;
      this.#options.onStreamError(error);
      // Without an error of its own: hosts know a connection that broke off, and print everything else.
      this.destroy();
    }
  }

  /** As `for await` has it: an iterator that ended or threw is not returned as well. */
  async #next(): Promise<IteratorResult<ServerEvent, unknown>> {
    try {
      const next = await this.#iterator.next();
      if (next.done === true) this.#ended = true;
      return next;
    } catch (error) {
      this.#ended = true;
      throw error;
    }
  }

  #ping(): void {
    if (this.readableLength === 0) this.#send(': ping\n\n');
  }

  #send(text: string): void {
    this.push(text);
    if (this.readableLength > 0) this.#dropAfter(this.#dropAfterMs);
  }

  /**
   * Ends behind what is buffered, without waiting for the iterator. The end itself is pushed when the comment was taken:
   * a stream that knows its end and is destroyed counts as whole, and its connection would stay open.
   */
  #finish(ms: number): void {
    if (!this.#closed) {
      this.#closed = true;
      clearInterval(this.#heartbeat);
      this.#leaveIterator();
      this.push(': closing\n\n');
    }
    this.#forgetUnread();
    if (this.readableLength > 0) this.#dropAfter(ms);
  }

  #dropAfter(ms: number): void {
    this.#unread ??= setTimeout(this.#leave, ms).unref();
  }

  #forgetUnread(): void {
    clearTimeout(this.#unread);
    this.#unread = undefined;
  }

  #leaveIterator(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#return();
  }

  async #return(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // Nobody is left to be told, and the answer did not fail.
    }
  }
}

function frameOf({ id, event, data }: ServerEvent): string {
  const json: string | undefined = JSON.stringify(data);
  // JSON text has no line break in it, so one `data:` line is enough for any value.
  return `id: ${id}\nevent: ${event.replaceAll(/[\r\n]/g, ' ')}\ndata: ${json ?? 'null'}\n\n`;
}
