import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

const CHUNK_BYTES = 128 * 1024;

interface Slice {
  readonly first: number;
  readonly length: number;
  readonly signal: AbortSignal;
  /** Hears of a read that failed and of a file that turned out shorter than it was. */
  onStreamError(error: unknown): void;
}

/**
 * A run of bytes of an open file.
 *
 * Invariant: the handle is closed when the stream ends, fails, is destroyed, or the signal aborts.
 * Invariant: it ends after exactly `length` bytes or breaks off; a client never waits for bytes that do not come.
 */
export class FileSlice extends Readable {
  readonly #handle: FileHandle;
  readonly #slice: Slice;
  readonly #leave = (): void => void this.destroy();
  #position: number;
  #remaining: number;
  #reading: Promise<void> | undefined;

  constructor(handle: FileHandle, slice: Slice) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#handle = handle;
    this.#slice = slice;
    this.#position = slice.first;
    this.#remaining = slice.length;
    if (slice.signal.aborted) this.destroy();
    else slice.signal.addEventListener('abort', this.#leave, { once: true });
  }

  override _read(): void {
    this.#reading = this.#readChunk();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#slice.signal.removeEventListener('abort', this.#leave);
    void this.#close().then(() => callback(error));
  }

  async #readChunk(): Promise<void> {
    try {
      if (this.#remaining === 0) {
        this.push(null);
        return;
      }
      const chunk = Buffer.allocUnsafe(Math.min(this.#remaining, CHUNK_BYTES));
      const { bytesRead } = await this.#handle.read(chunk, 0, chunk.length, this.#position);
      if (this.destroyed) return;
      if (bytesRead === 0) throw new Error('The file became shorter while it was sent');
      this.#position += bytesRead;
      this.#remaining -= bytesRead;
      this.push(bytesRead === chunk.length ? chunk : chunk.subarray(0, bytesRead));
    } catch (error) {
      if (this.destroyed) return;
      this.#slice.onStreamError(error);
      // Without an error of its own: hosts know a connection that broke off, and print everything else.
      this.destroy();
    }
  }

  async #close(): Promise<void> {
    await this.#reading;
    // Nothing was written through it, so a failing close loses nothing.
    await this.#handle.close().catch(() => undefined);
  }
}
