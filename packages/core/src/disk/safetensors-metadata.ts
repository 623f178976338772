import {
  HeaderRefused,
  LENGTH_BYTES,
  checkMetadata,
  headerLength,
  parseHeaderObject,
  readAt,
  readHeaderFile,
  readSafetensorsHeader,
  type HeaderRefusal,
} from './safetensors-header.js';

const FIRST_READ_BYTES = 16 * 1024;
const OPENING = Buffer.from('{"__metadata__":');

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Index after the object that begins at `from`; undefined when it does not end within the bytes. */
function endOfObject(bytes: Buffer, from: number): number | undefined {
  let depth = 0;
  let inString = false;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN) depth += 1;
    else if (byte === CLOSE && --depth <= 0) return at + 1;
  }
  return undefined;
}

/** The metadata of a header, or why there is none. */
export type MetadataResult = { readonly ok: true; readonly metadata: ReadonlyMap<string, string> } | HeaderRefusal;

/**
 * Reads only the `__metadata__` of a safetensors file, for scans: a header lists thousands of tensors, and parsing
 * those takes milliseconds. What need not be read is not judged; the bounds are those of `readSafetensorsHeader`.
 *
 * Never throws.
 */
export function readSafetensorsMetadata(source: string | number, size: number): MetadataResult {
  return readHeaderFile(source, (fd): MetadataResult => {
    const first = readAt(fd, LENGTH_BYTES + Math.max(0, Math.min(FIRST_READ_BYTES, size - LENGTH_BYTES)), 0);
    const headerBytes = headerLength(first.subarray(0, LENGTH_BYTES), size);
    let header = first.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes);
    // Every known writer puts it first; from another one the whole header has to be read.
    if (!header.subarray(0, OPENING.length).equals(OPENING)) {
      const whole = readSafetensorsHeader(fd, size);
      return whole.ok ? { ok: true, metadata: whole.header.metadata } : whole;
    }
    let end = endOfObject(header, OPENING.length);
    if (end === undefined && header.length < headerBytes) {
      header = readAt(fd, headerBytes, LENGTH_BYTES);
      end = endOfObject(header, OPENING.length);
    }
    if (end === undefined) throw new HeaderRefused('not_json', 'The __metadata__ of the header does not end.');
    return { ok: true, metadata: checkMetadata(parseHeaderObject(header.subarray(OPENING.length, end))) };
  });
}
