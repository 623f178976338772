import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { isJsonObject } from '../shapes/json.js';

/** A header that declares more is refused before anything is allocated for it. */
const MAX_HEADER_BYTES = 64 * 1024 * 1024;

/** Bytes of the length field in front of the header. */
export const LENGTH_BYTES = 8;

/** Why a header cannot be used. */
export type HeaderFault =
  'truncated' | 'too_large' | 'not_utf8' | 'not_json' | 'bad_metadata' | 'bad_tensor' | 'bad_offsets' | 'unreadable';

/** A refusal; the message is fit for a user and names no path. */
export interface HeaderRefusal {
  readonly ok: false;
  readonly reason: HeaderFault;
  readonly message: string;
}

/** One tensor as the header declares it. */
export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the byte after the last one, counted from the end of the header. */
  readonly offsets: readonly [number, number];
}

/** A checked header: every tensor lies within the file, and no two overlap. */
export interface SafetensorsHeader {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Length of the JSON text, without the 8 bytes in front of it. */
  readonly headerBytes: number;
}

/** Thrown while a header is checked; `readHeaderFile` turns it into a refusal, so it never leaves this room. */
export class HeaderRefused extends Error {
  readonly reason: HeaderFault;

  constructor(reason: HeaderFault, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Opens a file, unless it is open already, and turns every failure of `read` into a refusal. Never throws. */
export function readHeaderFile<T>(source: string | number, read: (fd: number) => T): T | HeaderRefusal {
  let opened: number | undefined;
  try {
    opened = typeof source === 'string' ? openSync(source, 'r') : undefined;
    return read(opened ?? Number(source));
  } catch (error) {
    if (error instanceof HeaderRefused) return { ok: false, reason: error.reason, message: error.message };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return { ok: false, reason: 'unreadable', message: `The file could not be read (${code}).` };
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}

/**
 * The declared header length, if a file of this size can hold such a header.
 *
 * Invariant: what is returned is at most 64 MiB and less than the file itself, so it is safe to allocate.
 */
export function headerLength(lengthField: Buffer, size: number): number {
  if (lengthField.length < LENGTH_BYTES)
    throw new HeaderRefused('truncated', 'The file ends before its header begins.');
  const declared = lengthField.readBigUInt64LE(0);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    throw new HeaderRefused('too_large', `The header declares ${String(declared)} bytes; 64 MiB are allowed.`);
  }
  const bytes = Number(declared);
  if (bytes > size - LENGTH_BYTES) {
    throw new HeaderRefused('truncated', `The header declares ${String(bytes)} bytes, more than the file has.`);
  }
  return bytes;
}

/** Reads up to `length` bytes; fewer when the file ends. */
export function readAt(fd: number, length: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(fd, buffer, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}

/** Parses a JSON object. UTF-8 is checked first, because a replaced character would change a key unnoticed. */
export function parseHeaderObject(bytes: Buffer): { readonly [key: string]: unknown } {
  if (!isUtf8(bytes)) throw new HeaderRefused('not_utf8', 'The header is not valid UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new HeaderRefused('not_json', 'The header is not valid JSON.');
  }
  if (!isJsonObject(value)) throw new HeaderRefused('not_json', 'The header is not a JSON object.');
  return value;
}

/** Checks that `__metadata__` is a map of strings. */
export function checkMetadata(value: unknown): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  if (!isJsonObject(value)) throw new HeaderRefused('bad_metadata', 'The __metadata__ of the header is not an object.');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') throw new HeaderRefused('bad_metadata', 'A value of __metadata__ is not a string.');
    metadata.set(key, text);
  }
  return metadata;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function checkTensor(name: string, value: unknown, dataBytes: number): TensorInfo {
  if (!isJsonObject(value)) throw new HeaderRefused('bad_tensor', `Tensor "${name}" is not an object.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw new HeaderRefused('bad_tensor', `Tensor "${name}" has no dtype.`);
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new HeaderRefused('bad_tensor', `The shape of tensor "${name}" is not a list of sizes.`);
  }
  const pair: readonly unknown[] = Array.isArray(offsets) ? offsets : [];
  const [begin, end] = pair;
  if (!isCount(begin) || !isCount(end) || pair.length > 2 || begin > end) {
    throw new HeaderRefused('bad_offsets', `The data_offsets of tensor "${name}" are not a range.`);
  }
  if (end > dataBytes) {
    throw new HeaderRefused('bad_offsets', `The data of tensor "${name}" lies beyond the end of the file.`);
  }
  return { dtype, shape, offsets: [begin, end] };
}

function refuseOverlaps(tensors: Iterable<TensorInfo>): void {
  const ranges = [...tensors].map((tensor) => tensor.offsets).filter(([begin, end]) => end > begin);
  ranges.sort((a, b) => a[0] - b[0]);
  let last = 0;
  for (const [begin, end] of ranges) {
    if (begin < last) throw new HeaderRefused('bad_offsets', 'The data of two tensors overlap.');
    last = end;
  }
}

/**
 * Reads and checks the whole header of a safetensors file: 8 bytes, then as many as they say.
 *
 * Never throws, and never allocates more than 64 MiB or the file itself. A file descriptor that is passed in stays open.
 *
 * @param size Size of the file as `stat` tells it.
 */
export function readSafetensorsHeader(
  source: string | number,
  size: number,
): { readonly ok: true; readonly header: SafetensorsHeader } | HeaderRefusal {
  return readHeaderFile(source, (fd) => {
    const headerBytes = headerLength(readAt(fd, LENGTH_BYTES, 0), size);
    const bytes = readAt(fd, headerBytes, LENGTH_BYTES);
    if (bytes.length < headerBytes) throw new HeaderRefused('truncated', 'The file ends within its header.');
    const tensors = new Map<string, TensorInfo>();
    let metadata: ReadonlyMap<string, string> = new Map();
    for (const [name, value] of Object.entries(parseHeaderObject(bytes))) {
      if (name === '__metadata__') metadata = checkMetadata(value);
      else tensors.set(name, checkTensor(name, value, size - LENGTH_BYTES - headerBytes));
    }
    refuseOverlaps(tensors.values());
    return { ok: true, header: { metadata, tensors, headerBytes } };
  });
}
