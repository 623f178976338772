import { createHash, type Hash } from 'node:crypto';
import { autov3FromHeader, usableAutov3 } from './autov3.js';
import { LENGTH_BYTES, headerLength, readAt } from './safetensors-header.js';
import { readSafetensorsMetadata } from './safetensors-metadata.js';

/** The AutoV3 of a file whose bytes pass by: the digest of what follows its safetensors header. */
export class TensorsDigest {
  readonly #hash: Hash = createHash('sha256');
  readonly #start: number;

  private constructor(start: number) {
    this.#start = start;
  }

  /** Nothing when the file has no usable header, or when its header states an AutoV3 already. Never throws. */
  static of(fd: number, size: number): TensorsDigest | undefined {
    const header = readSafetensorsMetadata(fd, size);
    if (!header.ok || autov3FromHeader(header.metadata) !== '') return undefined;
    try {
      return new TensorsDigest(LENGTH_BYTES + headerLength(readAt(fd, LENGTH_BYTES, 0), size));
    } catch {
      return undefined;
    }
  }

  /** Takes a block that begins at this position of the file; blocks come in the order of the file. */
  add(block: Buffer, position: number): void {
    if (position + block.length > this.#start) this.#hash.update(block.subarray(Math.max(0, this.#start - position)));
  }

  /** 12 lower-case hex digits, or nothing where no tensors follow; to be asked for once. */
  autov3(): string | undefined {
    return usableAutov3(this.#hash.digest('hex')) || undefined;
  }
}
