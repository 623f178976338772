import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileSignature } from '../shapes/scan.js';

/** What reading a small text file gives. */
export type SmallFile =
  | { readonly kind: 'text'; readonly text: string; readonly signature: FileSignature }
  | { readonly kind: 'refused'; readonly message: string };

/** A sidecar that is larger is no sidecar. */
export const MAX_SIDECAR_BYTES = 16 * 1024 * 1024;

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
      const refused = refusalOf(status);
      if (refused !== undefined) return refused;
      if (status.size > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(status.size);
      const bytes = this.#buffer.subarray(0, readFully(fd, this.#buffer, status.size));
      return smallFileOf(bytes, status);
    } finally {
      closeSync(fd);
    }
  }
}

/** Reads one small text file as `SmallFileReader` does, without holding up the event loop. */
export async function readSmallFile(path: string): Promise<SmallFile> {
  const handle = await open(path, FLAGS);
  try {
    const status = await handle.stat();
    return refusalOf(status) ?? smallFileOf(await handle.readFile(), status);
  } finally {
    await handle.close();
  }
}

function refusalOf(status: Stats): SmallFile | undefined {
  if (!status.isFile()) return { kind: 'refused', message: 'It is not a file.' };
  return status.size > MAX_SIDECAR_BYTES ? { kind: 'refused', message: 'It is larger than 16 MiB.' } : undefined;
}

function smallFileOf(bytes: Buffer, { size, mtimeMs, ino }: Stats): SmallFile {
  if (!isUtf8(bytes)) return { kind: 'refused', message: 'It is not valid UTF-8.' };
  return { kind: 'text', text: bytes.toString('utf8'), signature: { size, mtimeMs, ino } };
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
