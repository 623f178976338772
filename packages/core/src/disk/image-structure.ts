import type { ImageType } from './image-type.js';

/** Width and height as the file states them; `broken` when the file is cut off or senseless. */
export type ImageStructure = { readonly width: number; readonly height: number } | 'broken';

type ReadStructure = (data: Buffer) => ImageStructure;

/**
 * What a picture says of itself without being decoded: tells a cut-off or made-up file where nothing decodes, and an
 * outsized picture before anything does. Undefined for formats that are not looked into.
 */
export function imageStructureOf({ extension }: ImageType, data: Uint8Array): ImageStructure | undefined {
  const read = READERS[extension];
  if (read === undefined) return undefined;
  try {
    const structure = read(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return structure === 'broken' || structure.width === 0 || structure.height === 0 ? 'broken' : structure;
  } catch {
    // A number was to be read beyond the end.
    return 'broken';
  }
}

const READERS: Partial<Readonly<Record<ImageType['extension'], ReadStructure>>> = {
  '.png': readPng,
  '.jpeg': readJpeg,
  '.webp': readWebp,
  '.gif': (data) => ({ width: data.readUInt16LE(6), height: data.readUInt16LE(8) }),
};

/** Chunks of length, name, content and checksum: IHDR first, IDAT somewhere, IEND last. */
function readPng(data: Buffer): ImageStructure {
  if (data.toString('latin1', 12, 16) !== 'IHDR') return 'broken';
  let hasData = false;
  for (let at = 8; at < data.length; at += 12 + data.readUInt32BE(at)) {
    const name = data.toString('latin1', at + 4, at + 8);
    if (name === 'IDAT') hasData = true;
    if (name !== 'IEND') continue;
    if (!hasData || at + 12 > data.length) return 'broken';
    return { width: data.readUInt32BE(16), height: data.readUInt32BE(20) };
  }
  return 'broken';
}

const START_OF_SCAN = 0xda;
/** Of the markers between, these are no frame headers. */
const NO_FRAME = new Set([0xc4, 0xc8, 0xcc]);
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Segments of marker and length: a frame header, then a scan, and the end of the image after it. */
function readJpeg(data: Buffer): ImageStructure {
  let size: ImageStructure = 'broken';
  for (let at = 2; at < data.length;) {
    if (data[at] !== 0xff) return 'broken';
    const marker = data.readUInt8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN) return data.indexOf(END_OF_IMAGE, at) === -1 ? 'broken' : size;
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.has(marker)) {
      size = { height: data.readUInt16BE(at + 5), width: data.readUInt16BE(at + 7) };
    }
    at += 2 + data.readUInt16BE(at + 2);
  }
  return 'broken';
}

/** A RIFF container whose first chunk tells the size of the canvas. */
function readWebp(data: Buffer): ImageStructure {
  if (data.readUInt32LE(4) + 8 > data.length) return 'broken';
  switch (data.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: data.readUInt16LE(26) & 0x3fff, height: data.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = data.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: data.readUIntLE(24, 3) + 1, height: data.readUIntLE(27, 3) + 1 };
    default:
      return 'broken';
  }
}
