import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { readAt } from './safetensors-header.js';

/** Bytes that a probe takes from either end of a file. */
const PROBE_BYTES = 64 * 1024;

/** Without O_NONBLOCK a pipe would block for ever; it means nothing for a regular file. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The probe of a file whose bytes pass by: the SHA-256 of its size, its first 64 KiB and its last 64 KiB; of a file
 * shorter than both of its size and all of it.
 */
export class Probe {
  readonly #hash = createHash('sha256');
  readonly #tailStart: number;

  constructor(size: number) {
    this.#tailStart = Math.max(PROBE_BYTES, size - PROBE_BYTES);
    this.#hash.update(`${String(size)}\n`);
  }

  /** Takes a block that begins at this position of the file; blocks come in the order of the file. */
  add(block: Buffer, position: number): void {
    if (position < PROBE_BYTES) this.#hash.update(block.subarray(0, PROBE_BYTES - position));
    const end = position + block.length;
    if (end > this.#tailStart) this.#hash.update(block.subarray(Math.max(0, this.#tailStart - position)));
  }

  /** 64 lower-case hex digits; to be asked for once. */
  text(): string {
    return this.#hash.digest('hex');
  }
}

/** The ranges that a probe of a file of this size reads. */
function rangesOf(size: number): { readonly start: number; readonly length: number }[] {
  const head = Math.min(size, PROBE_BYTES);
  const tail = Math.max(head, size - PROBE_BYTES);
  return [
    { start: 0, length: head },
    { start: tail, length: size - tail },
  ];
}

/** The probe of a file as `digestFile` tells it; nothing when the file cannot be read or is not of this size. */
export async function probeFile(path: string, size: number): Promise<string | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, OPEN_FLAGS);
    const stats = await file.stat();
    if (!stats.isFile() || stats.size !== size) return undefined;
    const probe = new Probe(size);
    for (const { start, length } of rangesOf(size)) {
      const buffer = Buffer.allocUnsafe(length);
      for (let filled = 0; filled < length;) {
        const { bytesRead } = await file.read(buffer, filled, length - filled, start + filled);
        if (bytesRead === 0) return undefined;
        filled += bytesRead;
      }
      probe.add(buffer, start);
    }
    return probe.text();
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

/** The same for a thread that may block. A file descriptor that is passed in stays open. */
export function probeFileSync(source: string | number, size: number): string | undefined {
  let opened: number | undefined;
  try {
    opened = typeof source === 'string' ? openSync(source, OPEN_FLAGS) : undefined;
    const fd = opened ?? Number(source);
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.size !== size) return undefined;
    const probe = new Probe(size);
    for (const { start, length } of rangesOf(size)) {
      const bytes = readAt(fd, length, start);
      if (bytes.length < length) return undefined;
      probe.add(bytes, start);
    }
    return probe.text();
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}
