import { Readable } from 'node:stream';
import type { ServerEvent } from '../shapes/reply.js';

interface EventStreamOptions {
  readonly heartbeatMs: number;
  onStreamError(error: unknown): void;
}

/**
 * Server-sent events as bytes.
 *
 * Invariant: the next event is pulled only when the reader took everything before it.
 * Invariant: when the reader leaves, however that shows, the iterator's `return()` is called exactly once.
 */
export class EventStream extends Readable {
  readonly #iterator: AsyncIterator<ServerEvent, unknown>;
  readonly #signal: AbortSignal;
  readonly #options: EventStreamOptions;
  readonly #leave = (): void => void this.destroy();
  #heartbeat: NodeJS.Timeout | undefined;
  #opened = false;
  #pulling = false;
  #ended = false;

  constructor(events: AsyncIterable<ServerEvent>, signal: AbortSignal, options: EventStreamOptions) {
    // One byte: a slow reader gets what is newest when it is ready, not what was newest when it fell behind.
    super({ highWaterMark: 1 });
    this.#iterator = events[Symbol.asyncIterator]();
    this.#signal = signal;
    this.#options = options;
    if (signal.aborted) this.destroy();
    else signal.addEventListener('abort', this.#leave, { once: true });
  }

  override _read(): void {
    if (!this.#opened) {
      // Proxies and clients show a stream as open with its first bytes, not with its head.
      this.#opened = true;
      this.#heartbeat = setInterval(() => this.#ping(), this.#options.heartbeatMs);
      this.push(': open\n\n');
    } else if (!this.#pulling) {
      this.#pulling = true;
      void this.#pull();
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    this.#signal.removeEventListener('abort', this.#leave);
    if (!this.#ended) {
      this.#ended = true;
      void this.#return();
    }
    callback(error);
  }

  async #pull(): Promise<void> {
    try {
      const next = await this.#next();
      if (this.destroyed) return;
      if (next.done === true) clearInterval(this.#heartbeat);
      this.#pulling = false;
      this.push(next.done === true ? null : frameOf(next.value));
    } catch (error) {
      if (this.destroyed) return;
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
    if (this.readableLength === 0) this.push(': ping\n\n');
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
