import { BMFF_BRANDS, bmffBrandsOf } from './bmff-brands.js';
import { ebmlDocTypeOf } from './ebml-doc-type.js';

/** A format that a preview may have. */
export interface ImageType {
  /** What files of this format are stored with. */
  readonly extension: '.png' | '.jpeg' | '.webp' | '.gif' | '.avif' | '.jxl' | '.mp4' | '.webm';
  /** Videos are stored as they are. */
  readonly isVideo: boolean;
}

/** As many bytes of a file as are needed to tell its format. */
export const IMAGE_HEAD_BYTES = 4096;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];
const JXL_STREAM = [0xff, 0x0a];
const JXL_FILE = [0, 0, 0, 0x0c, 0x4a, 0x58, 0x4c, 0x20, 0x0d, 0x0a, 0x87, 0x0a];

/**
 * The format of a picture or a video, by what it begins with; undefined for every other format.
 *
 * Invariant: names and stated media types say nothing; what could run in a browser (SVG, HTML) is no picture here.
 */
export function imageTypeOf(head: Uint8Array): ImageType | undefined {
  if (startsWith(head, PNG)) return picture('.png');
  if (startsWith(head, JPEG)) return picture('.jpeg');
  if (startsWith(head, JXL_FILE) || startsWith(head, JXL_STREAM)) return picture('.jxl');
  const text = latin(head, 0, 12);
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return picture('.gif');
  if (text.startsWith('RIFF') && text.endsWith('WEBP')) return picture('.webp');
  if (ebmlDocTypeOf(head) === 'webm') return video('.webm');
  const brands = bmffBrandsOf(head);
  if (brands === undefined) return undefined;
  if (BMFF_BRANDS.avif(brands)) return picture('.avif');
  return BMFF_BRANDS.mp4(brands) ? video('.mp4') : undefined;
}

const picture = (extension: ImageType['extension']): ImageType => ({ extension, isVideo: false });
const video = (extension: ImageType['extension']): ImageType => ({ extension, isVideo: true });

const startsWith = (bytes: Uint8Array, magic: readonly number[]): boolean =>
  magic.every((byte, at) => bytes[at] === byte);

const latin = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.subarray(from, to)).toString('latin1');
