import type { Worker } from 'node:worker_threads';
import { ModelshelfError } from '../errors.js';
import type { KnownDigest } from '../ports/digest-records.js';
import type { FileSignature } from '../shapes/scan.js';
import { startDiskWorker } from './start-worker.js';
import {
  ABORT,
  BYTES_READ,
  CONTROL_BYTES,
  type DigestAnswer,
  type DigestRefusal,
  type DigestRequest,
} from './worker-protocol.js';

const PROGRESS_MS = 250;

/** A digest, with the signature of the file that it was computed from. */
export interface FileDigest {
  readonly digest: KnownDigest;
  readonly file: FileSignature;
}

/** How to read one file. */
export interface DigestOptions {
  readonly signal?: AbortSignal;
  /** Whether the AutoV3 is computed in the same pass, where the file is safetensors and its header states none. */
  readonly autov3?: boolean;
  /** Hears about four times a second how many bytes of this file were read, and at the end the file's size. */
  onBytes?(bytesRead: number): void;
}

/** Tells by `refusal` why a file has no digest: it `changed` while it was read, is `missing`, or is `unreadable`. */
class DigestRefusedError extends Error {
  override readonly name: string = 'DigestRefusedError';
  readonly refusal: DigestRefusal;

  constructor(refusal: DigestRefusal, message: string) {
    super(message);
    this.refusal = refusal;
  }
}

/** A thread that computes digests, one file at a time, in the order in which they were asked for. */
export interface Digester {
  /**
   * Rejects with a `DigestRefusedError` when the file has no digest, and with a `ModelshelfError`: `cancelled` when
   * the signal aborts, `library_closed` after `close`, `internal` when the thread breaks (the next call starts anew).
   */
  digest(path: string, options?: DigestOptions): Promise<FileDigest>;
  /** Ends the thread; what was asked for and not yet answered rejects with `library_closed`. Idempotent. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: DigestRequest;
  readonly options: DigestOptions;
  settle(result: FileDigest | Error): void;
}

/**
 * Makes a digester. The thread starts with the first file, is kept for the next ones, and keeps the process alive only
 * while it reads.
 */
export function createDigester(): Digester {
  return new WorkerDigester();
}

class WorkerDigester implements Digester {
  readonly #control = new SharedArrayBuffer(CONTROL_BYTES);
  readonly #flags = new Int32Array(this.#control);
  readonly #counters = new BigInt64Array(this.#control);
  readonly #queue: Waiting[] = [];
  #current: Waiting | undefined;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  digest(path: string, options: DigestOptions = {}): Promise<FileDigest> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(closedError());
        return;
      }
      if (signal?.aborted === true) {
        reject(cancelledError());
        return;
      }
      const waiting: Waiting = {
        request: { path, autov3: options.autov3 === true },
        options,
        settle: (result) => {
          signal?.removeEventListener('abort', abort);
          if (result instanceof Error) reject(result);
          else resolve(result);
        },
      };
      const abort = (): void => {
        this.#abort(waiting);
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.settle(closedError());
    this.#finish(closedError());
    Atomics.store(this.#flags, ABORT, 1);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #abort(waiting: Waiting): void {
    if (waiting === this.#current) {
      // The thread notices after the block that it reads, and answers `cancelled`.
      Atomics.store(this.#flags, ABORT, 1);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(waiting), 1);
    waiting.settle(cancelledError());
  }

  #next(): void {
    if (this.#current !== undefined || this.#closed) return;
    const waiting = this.#queue.shift();
    if (waiting === undefined) return;
    this.#current = waiting;
    Atomics.store(this.#flags, ABORT, 0);
    Atomics.store(this.#counters, BYTES_READ, 0n);
    try {
      const worker = (this.#worker ??= this.#start());
      worker.ref();
      worker.postMessage(waiting.request);
      if (waiting.options.onBytes !== undefined) this.#watch(waiting);
    } catch (error) {
      this.#finish(brokenError(error));
    }
  }

  #watch(waiting: Waiting): void {
    let told = 0;
    this.#timer = setInterval(() => {
      const bytesRead = Number(Atomics.load(this.#counters, BYTES_READ));
      if (bytesRead > told) waiting.options.onBytes?.(bytesRead);
      told = bytesRead;
    }, PROGRESS_MS);
  }

  #start(): Worker {
    const worker = startDiskWorker({ kind: 'digest', control: this.#control });
    let cause: unknown;
    worker.on('message', (answer: DigestAnswer) => {
      this.#answered(answer);
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      this.#finish(brokenError(cause));
    });
    return worker;
  }

  #answered(answer: DigestAnswer): void {
    if (answer.kind === 'done') {
      this.#current?.options.onBytes?.(answer.file.size);
      this.#finish({ digest: answer.digest, file: answer.file });
    } else if (answer.kind === 'cancelled') {
      this.#finish(cancelledError());
    } else {
      this.#finish(new DigestRefusedError(answer.refusal, answer.message));
    }
  }

  #finish(result: FileDigest | Error): void {
    clearInterval(this.#timer);
    const current = this.#current;
    this.#current = undefined;
    this.#worker?.unref();
    current?.settle(result);
    this.#next();
  }
}

function cancelledError(): ModelshelfError {
  return new ModelshelfError('cancelled', 'Reading the file was cancelled.');
}

function closedError(): ModelshelfError {
  return new ModelshelfError('library_closed', 'The library was closed.');
}

function brokenError(cause: unknown): ModelshelfError {
  return new ModelshelfError('internal', 'The digest thread ended unexpectedly.', { cause });
}
