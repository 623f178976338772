import { Transform, type TransformCallback } from 'node:stream';
import { ModelshelfError } from '../errors.js';

/** Says that an answer is too large. */
export function answerTooLarge(maxBytes: number): ModelshelfError {
  return new ModelshelfError('payload_too_large', `The answer is larger than ${String(maxBytes)} bytes`);
}

/**
 * The bytes of an answer, up to a limit.
 *
 * Invariant: not one byte beyond the limit is passed on, whatever length the server stated.
 */
export class CappedBody extends Transform {
  readonly #maxBytes: number;
  readonly #failureOf: (error: unknown) => Error;
  #size = 0;

  /** @param failureOf What a reader is told of a failure of the connection. */
  constructor(maxBytes: number, failureOf: (error: unknown) => Error) {
    super();
    this.#maxBytes = maxBytes;
    this.#failureOf = failureOf;
    // A connection that breaks while nobody reads must not become an uncaught error.
    this.on('error', () => undefined);
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) done(answerTooLarge(this.#maxBytes));
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error === null ? null : this.#failureOf(error));
  }
}
