import type { Readable } from 'node:stream';
import type { HostBody, HostRequest } from './contract.js';

/** What reading a body takes of a request. */
export type BodySource = Pick<HostRequest, 'headers' | 'readBody'>;

const LINGER_MS = 10_000;
const LINGER_IDLE_MS = 2000;

/** The body of one request, with an eye on what is left of it when the answer is ready. */
export class RequestBody implements BodySource {
  readonly headers: HostRequest['headers'];
  readonly #request: BodySource;
  #stream: Readable | undefined;

  constructor(request: BodySource) {
    this.headers = request.headers;
    this.#request = request;
  }

  async readBody(): Promise<HostBody> {
    const body = await this.#request.readBody();
    if (body.kind === 'stream') this.#stream = body.stream;
    return body;
  }

  /**
   * Discards what was opened and not read to its end, while the answer goes out, and breaks the connection off when the
   * rest does not end in time.
   *
   * Not by `connection: close`: Node then closes under a client that is still sending, the client's kernel is told of a
   * reset, and with it the client loses the answer.
   */
  linger(): void {
    const stream = this.#stream;
    if (stream === undefined || stream.readableEnded || stream.destroyed) return;
    const cut = (): void => void stream.destroy();
    const deadline = setTimeout(cut, LINGER_MS).unref();
    const idle = setTimeout(cut, LINGER_IDLE_MS).unref();
    const stop = (): void => {
      clearTimeout(deadline);
      clearTimeout(idle);
    };
    stream
      .on('data', () => idle.refresh())
      .on('end', stop)
      .on('close', stop)
      .on('error', ignore)
      .resume();
  }

  /** Lets what is left flow into nothing, for as long as a streamed answer takes. */
  drain(): void {
    this.#stream?.on('error', ignore).resume();
  }
}

const ignore = (): void => undefined;
