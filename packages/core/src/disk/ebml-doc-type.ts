const EBML = 0x1a45dfa3;
const DOC_TYPE = 0x4282;

/** The document type of an EBML file, such as `webm` or `matroska`, by its first bytes; undefined for any other file. */
export function ebmlDocTypeOf(head: Uint8Array): string | undefined {
  const header = elementAt(head, 0);
  if (header?.id !== EBML) return undefined;
  const end = Math.min(header.end, head.length);
  for (let at = header.start; at < end;) {
    const element = elementAt(head, at);
    if (element === undefined || element.end > end) return undefined;
    const { id, start } = element;
    if (id === DOC_TYPE) return Buffer.from(head.subarray(start, element.end)).toString('latin1').replace(/\0+$/, '');
    at = element.end;
  }
  return undefined;
}

interface Element {
  readonly id: number;
  /** Where its content lies. */
  readonly start: number;
  readonly end: number;
}

function elementAt(bytes: Uint8Array, at: number): Element | undefined {
  const idLength = lengthOfNumber(bytes[at]);
  const sizeAt = at + idLength;
  const sizeLength = lengthOfNumber(bytes[sizeAt]);
  const start = sizeAt + sizeLength;
  if (idLength === 0 || idLength > 4 || sizeLength === 0 || start > bytes.length) return undefined;
  const size = bigEndian(bytes.subarray(sizeAt, start)) - 2 ** (7 * sizeLength);
  return { id: bigEndian(bytes.subarray(at, sizeAt)), start, end: start + size };
}

/** The zeros that a number begins with tell its length: 1 to 8 bytes; 0 for none. */
const lengthOfNumber = (first: number | undefined): number =>
  first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;

const bigEndian = (bytes: Uint8Array): number => bytes.reduce((number, byte) => number * 256 + byte, 0);
