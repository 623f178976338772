import type { ImageFile, ImageOptimizer } from '../../ports/image-optimizer.js';
import type { Logger } from '../../ports/logger.js';
import { fsErrorCode } from '../../disk/fs-error.js';

interface SharpImage {
  rotate(): SharpImage;
  resize(options: object): SharpImage;
  webp(options: object): SharpImage;
  timeout(options: { seconds: number }): SharpImage;
  toBuffer(): Promise<Uint8Array>;
}

/** As much of `sharp` as is used. */
export interface Sharp {
  (input: Uint8Array, options: object): SharpImage;
  readonly format: Readonly<Record<string, { readonly input: { readonly buffer: boolean } } | undefined>>;
}

const WIDTH = 480;
/** The largest side that a WebP picture can have. */
const MAX_HEIGHT = 16_383;
/** Pixels of a picture that is worth decoding. */
export const MAX_PIXELS = 100_000_000;

/** Makes WebP pictures of at most 480 pixels width, without their metadata; a smaller picture keeps its size. */
export function sharpOptimizer(sharp: Sharp): ImageOptimizer {
  return {
    async optimise(input) {
      // JPEG XL is in no prebuilt sharp: what it cannot read is stored as it is.
      if (!canRead(sharp, input)) return input;
      const data = await sharp(input.data, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
        .rotate()
        .resize({ width: WIDTH, height: MAX_HEIGHT, fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 85 })
        .timeout({ seconds: 30 })
        .toBuffer();
      return { data, extension: '.webp' };
    },
  };
}

function canRead({ format }: Sharp, { extension }: ImageFile): boolean {
  const name = extension === '.avif' ? 'heif' : extension.slice(1);
  return format[name]?.input.buffer === true;
}

/** Stores pictures as they are. */
export const passThrough: ImageOptimizer = { optimise: (input) => Promise.resolve(input) };

// Bundlers and type checkers leave alone what is no literal: most installations have no sharp.
const PACKAGE = 'sharp';
const importSharp = (): Promise<unknown> => import(PACKAGE) as Promise<unknown>;

/** Uses `sharp` when it is installed, else stores pictures as they are. It is looked for with the first picture. */
export function defaultImageOptimizer(logger: Logger, load: () => Promise<unknown> = importSharp): ImageOptimizer {
  let chosen: Promise<ImageOptimizer> | undefined;
  const choose = async (): Promise<ImageOptimizer> => {
    try {
      const sharp = await load();
      const exported = hasDefault(sharp) ? sharp.default : sharp;
      return isSharp(exported) ? sharpOptimizer(exported) : passThrough;
    } catch (error) {
      const isMissing = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(fsErrorCode(error));
      if (!isMissing)
        logger.warn('sharp is installed and cannot be used: previews are stored as they come.', { error });
      return passThrough;
    }
  };
  return {
    async optimise(input) {
      chosen ??= choose();
      return (await chosen).optimise(input);
    },
  };
}

const hasDefault = (value: unknown): value is { readonly default: unknown } =>
  typeof value === 'object' && value !== null && 'default' in value;

const isSharp = (value: unknown): value is Sharp => typeof value === 'function' && 'format' in value;
