import { Readable } from 'node:stream';

/**
 * The bytes of one file of a multipart body.
 *
 * The parser's own stream is not handed out: it never ends when it is destroyed, and takes the whole body with it. This
 * one may be destroyed at any time; what it did not take is then discarded, so that the next part can come.
 *
 * Invariant: bytes are taken from the parser only while the reader wants them.
 */
export class FilePart extends Readable {
  readonly #source: Readable;

  constructor(source: Readable) {
    super();
    this.#source = source;
    source.pause();
    source.on('data', (chunk: Buffer) => {
      if (!this.destroyed && !this.push(chunk)) source.pause();
    });
    source.on('end', () => {
      if (!this.destroyed) this.push(null);
    });
    // The parser tells of every failure itself, and better.
    source.on('error', () => undefined);
    // Whoever holds this stream but does not read it hears of the failure from the iterator.
    this.on('error', () => undefined);
  }

  override _read(): void {
    this.#source.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#source.resume();
    callback(error);
  }
}
