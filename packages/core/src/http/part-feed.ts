import type { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { ModelshelfError } from '../errors.js';
import type { Part } from '../ports/call.js';
import { FilePart } from './file-part.js';
import { clientLeft } from './read-body.js';
import type { BodyLimits } from './route-host.js';

/**
 * Feeds a request's bytes to the multipart parser and hands out parts one by one.
 *
 * Invariant: bytes are taken from the request only while the part in hand or the wait for the next one needs them; what
 * waits is at most what one chunk of the request held.
 */
export class PartFeed {
  readonly #source: Readable;
  readonly #parser: BusboyInstance;
  readonly #waiting: Part[] = [];
  #wake: (() => void) | undefined;
  #current: FilePart | undefined;
  #failure: ModelshelfError | undefined;
  #complete = false;

  /** Throws `malformed_body` when the content type names no boundary. */
  constructor(source: Readable, contentType: string, limits: BodyLimits) {
    this.#source = source;
    this.#parser = createParser(contentType, limits);
    this.#parser
      .on('file', (name, file, filename, _encoding, type) => this.#onFile(name, file, filename, type, limits))
      .on('field', (name, value, _nameCut, valueCut) => this.#onField(name, value, valueCut))
      .on('partsLimit', () => this.#fail(tooLarge('The body has too many parts')))
      .on('finish', () => this.#finish())
      .on('error', () => this.#fail(malformed('The body is not a valid multipart body')))
      .on('drain', () => this.#flow());
    source.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).on('error', this.#onClose);
    if (source.readableEnded) this.#onEnd();
    else if (source.destroyed) this.#onClose();
  }

  /** The next part, undefined after the last one. What is left of the part before is discarded. */
  async next(): Promise<Part | undefined> {
    this.#current?.destroy();
    this.#current = undefined;
    while (this.#waiting.length === 0 && this.#failure === undefined && !this.#complete) {
      this.#flow();
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
    const part = this.#waiting.shift();
    if (part?.kind === 'file' && part.stream instanceof FilePart) this.#current = part.stream;
    this.#flow();
    return part;
  }

  /** Takes no more bytes from the request; what is left of it is the caller's business. */
  close(): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose);
    // The error listener stays: a request that breaks off later must not become an uncaught error.
    this.#source.pause();
    this.#current?.destroy();
    for (const part of this.#waiting.splice(0)) if (part.kind === 'file') part.stream.destroy();
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    this.#parser.write(chunk);
    if (this.#parser.writableNeedDrain || this.#waiting.length > 0) this.#source.pause();
  };

  readonly #onEnd = (): void => void this.#parser.end();

  readonly #onClose = (cause?: unknown): void => {
    // 'close' follows 'end' too, and then the parser has the word.
    if (!this.#source.readableEnded) this.#fail(clientLeft(cause));
  };

  #onFile(name: string | undefined, file: Readable, filename: string | undefined, type: string, limits: BodyLimits) {
    const stream = new FilePart(file);
    file.on('limit', () => this.#fail(tooLarge(`A file is larger than ${limits.file} bytes`)));
    this.#add(name, filename ?? '', (known) => ({
      kind: 'file',
      name: known,
      filename: filename ?? '',
      contentType: type,
      stream,
    }));
  }

  #onField(name: string | undefined, value: string, cut: boolean): void {
    if (cut) this.#fail(tooLarge('A field is too large'));
    else this.#add(name, value, (known) => ({ kind: 'field', name: known, value }));
  }

  #add(name: string | undefined, text: string, partOf: (name: string) => Part): void {
    if (name === undefined) {
      this.#fail(malformed('A part of the body has no name'));
    } else if (name.includes('\0') || text.includes('\0')) {
      this.#fail(new ModelshelfError('validation_failed', 'A part of the body holds a NUL character'));
    } else if (this.#failure === undefined) {
      this.#waiting.push(partOf(name));
      this.#source.pause();
      this.#wake?.();
    }
  }

  #flow(): void {
    if (this.#failure === undefined && this.#waiting.length === 0 && !this.#parser.writableNeedDrain) {
      this.#source.resume();
    }
  }

  #finish(): void {
    this.#complete = true;
    this.#wake?.();
  }

  /** The first failure counts: later ones are its echo. */
  #fail(failure: ModelshelfError): void {
    if (this.#failure !== undefined || this.#complete) return;
    this.#failure = failure;
    this.#source.pause();
    this.#current?.destroy(failure);
    this.#wake?.();
  }
}

/** Header limits: no honest part has more than a handful of short headers. */
function createParser(contentType: string, limits: BodyLimits): BusboyInstance {
  try {
    return new Busboy({
      headers: { 'content-type': contentType },
      limits: {
        fieldSize: limits.json,
        fileSize: limits.file,
        parts: limits.parts,
        headerPairs: 32,
        headerSize: 16 * 1024,
      },
    });
  } catch (cause) {
    throw new ModelshelfError('malformed_body', 'The multipart body names no boundary', { cause });
  }
}

const malformed = (message: string): ModelshelfError => new ModelshelfError('malformed_body', message);
const tooLarge = (message: string): ModelshelfError => new ModelshelfError('payload_too_large', message);
