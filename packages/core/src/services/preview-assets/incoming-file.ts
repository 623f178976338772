import { randomUUID } from 'node:crypto';
import { open, readFile, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toMutationError } from '../../disk/mutation-error.js';
import { ModelshelfError } from '../../errors.js';

/** How bytes are received. */
export interface IncomingLimits {
  /** Bytes by which a file is judged. */
  readonly headBytes: number;
  /** How many bytes a file that begins so may have; throws for one that is of no use. Asked once. */
  readonly limitOf: (head: Uint8Array) => number;
  /** Where the file is kept meanwhile; the system's folder for temporary files when left out. */
  readonly folder?: string | undefined;
}

/**
 * A file that comes from outside, kept on disk while it arrives: clients may be slow, and memory is dear.
 *
 * Invariant: of a file that is too large, or of no use, no more is taken than shows it, and nothing is left behind.
 */
export class IncomingFile {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Resolves when the last byte is there. Rejects with what the bytes reject with, `payload_too_large` or `disk_full`. */
  static async receive(bytes: AsyncIterable<Uint8Array>, limits: IncomingLimits): Promise<IncomingFile> {
    const path = join(limits.folder ?? tmpdir(), `modelshelf-${randomUUID()}.tmp`);
    const file = new IncomingFile(path);
    const handle = await touching(path, () => open(path, 'wx', 0o600));
    try {
      await writeAll(handle, bytes, limits, path);
    } catch (error) {
      await handle.close();
      await file.discard();
      throw error;
    }
    await touching(path, () => handle.close());
    return file;
  }

  /** All of it, in memory. */
  read(): Promise<Buffer> {
    return touching(this.#path, () => readFile(this.#path));
  }

  /** Never rejects: what cannot be removed is left to the system. */
  async discard(): Promise<void> {
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

async function writeAll(
  handle: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  { headBytes, limitOf }: IncomingLimits,
  path: string,
): Promise<void> {
  let limit: number | undefined;
  let head: Uint8Array = new Uint8Array();
  let size = 0;
  const check = (): void => {
    limit ??= limitOf(head);
    if (size > limit)
      throw new ModelshelfError('payload_too_large', `The preview is larger than ${String(limit)} bytes`);
  };
  for await (const chunk of bytes) {
    size += chunk.length;
    if (limit === undefined) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)]);
    if (head.length >= headBytes) check();
    await touching(path, () => handle.appendFile(chunk));
  }
  check();
}

async function touching<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toMutationError(error, path);
  }
}
