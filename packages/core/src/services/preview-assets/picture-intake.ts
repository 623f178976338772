import { imageStructureOf } from '../../disk/image-structure.js';
import { IMAGE_HEAD_BYTES, imageTypeOf, type ImageType } from '../../disk/image-type.js';
import { isModelshelfError, ModelshelfError } from '../../errors.js';
import type { ImageFile, ImageOptimizer } from '../../ports/image-optimizer.js';
import type { IncomingFile, IncomingLimits } from './incoming-file.js';
import { MAX_PIXELS } from './sharp-optimizer.js';

/** Bytes of a preview, as it comes. */
export interface PreviewLimits {
  readonly image: number;
  readonly video: number;
}

export const DEFAULT_PREVIEW_LIMITS: PreviewLimits = { image: 32 * 1024 * 1024, video: 64 * 1024 * 1024 };

/** What the intake works with. */
export interface PictureIntakeParts {
  readonly optimizer: ImageOptimizer;
  readonly limits: PreviewLimits;
  /** Where files are kept while they arrive; the system's folder for temporary files when left out. */
  readonly folder?: string | undefined;
}

/**
 * Makes what is stored of what was sent.
 *
 * Invariant: what is stored is a picture or a video by its content, and its extension says which.
 */
export class PictureIntake {
  readonly #parts: PictureIntakeParts;

  constructor(parts: PictureIntakeParts) {
    this.#parts = parts;
  }

  /** How files are received. */
  get receiving(): IncomingLimits {
    const { limits, folder } = this.#parts;
    const limitOf = (head: Uint8Array): number => (typeOf(head).isVideo ? limits.video : limits.image);
    return { headBytes: IMAGE_HEAD_BYTES, limitOf, folder };
  }

  /** Throws `unsupported_media_type` for what is no preview, and for a picture that cannot be decoded. */
  async take(file: IncomingFile): Promise<ImageFile> {
    const data = await file.read();
    const type = typeOf(data);
    const { extension, isVideo } = type;
    if (isVideo) return { data, extension };
    assertSane(type, data);
    return extension === '.gif' ? { data, extension } : this.#optimise({ data, extension });
  }

  async #optimise(input: ImageFile): Promise<ImageFile> {
    try {
      const { data } = await this.#parts.optimizer.optimise(input);
      // A host's optimiser may name its output as it likes: the content decides here too.
      return { data, extension: typeOf(data).extension };
    } catch (cause) {
      if (isModelshelfError(cause)) throw cause;
      throw undecodable(cause);
    }
  }
}

function typeOf(bytes: Uint8Array): ImageType {
  const type = imageTypeOf(bytes.subarray(0, IMAGE_HEAD_BYTES));
  if (type !== undefined) return type;
  throw new ModelshelfError(
    'unsupported_media_type',
    'A preview must be a PNG, JPEG, WebP, GIF, AVIF or JPEG XL picture, or an MP4 or WebM video',
  );
}

const undecodable = (cause?: unknown): ModelshelfError =>
  new ModelshelfError('unsupported_media_type', 'The picture is damaged and cannot be decoded', { cause });

function assertSane(type: ImageType, data: Uint8Array): void {
  const structure = imageStructureOf(type, data);
  if (structure === 'broken') throw undecodable();
  if (structure !== undefined && structure.width * structure.height > MAX_PIXELS) {
    throw new ModelshelfError('payload_too_large', `The picture has more than ${String(MAX_PIXELS)} pixels`);
  }
}
