import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileSignature } from '../shapes/scan.js';

/** What reading a small text file gives. */
export type SmallFile =
  | { readonly kind: 'text'; readonly text: string; readonly signature: FileSignature }
  | { readonly kind: 'refused'; readonly message: string };

/** A sidecar of this size is no sidecar. */
const MAX_BYTES = 16 * 1024 * 1024;

// A pipe that somebody named like a sidecar would block the thread for ever; undefined, hence 0, on Windows.
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK;

/** Reads small text files with four system calls each and one reused buffer. */
export class SmallFileReader {
  #buffer = Buffer.allocUnsafeSlow(256 * 1024);

  /** Throws the file system's errors; refuses what is no regular file, too large or not UTF-8. */
  read(path: string): SmallFile {
    const fd = openSync(path, FLAGS);
    try {
      const status = fstatSync(fd);
      if (!status.isFile()) return { kind: 'refused', message: 'It is not a file.' };
      if (status.size > MAX_BYTES) return { kind: 'refused', message: 'It is larger than 16 MiB.' };
      if (status.size > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(status.size);
      const bytes = this.#buffer.subarray(0, readFully(fd, this.#buffer, status.size));
      if (!isUtf8(bytes)) return { kind: 'refused', message: 'It is not valid UTF-8.' };
      const signature = { size: status.size, mtimeMs: status.mtimeMs, ino: status.ino };
      return { kind: 'text', text: bytes.toString('utf8'), signature };
    } finally {
      closeSync(fd);
    }
  }
}

function readFully(fd: number, buffer: Buffer, size: number): number {
  let filled = 0;
  while (filled < size) {
    const read = readSync(fd, buffer, filled, size - filled, filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}
