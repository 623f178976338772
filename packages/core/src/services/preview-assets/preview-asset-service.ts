import { extname } from 'node:path';
import type { PathContainment } from '../../disk/contained-path.js';
import { ModelshelfError } from '../../errors.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.webp': 'image/webp',
  '.png': 'image/png',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.gif': 'image/gif',
  '.avif': 'image/avif',
  '.jxl': 'image/jxl',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
};

/** A preview that may be served. */
export interface PreviewFile {
  readonly path: string;
  readonly contentType: string;
}

/** Preview pictures and videos of the library. */
export class PreviewAssetService {
  readonly #containment: PathContainment;

  constructor(containment: PathContainment) {
    this.#containment = containment;
  }

  /**
   * The preview behind a path that a client asked for.
   *
   * Invariant: only pictures and videos whose real path lies inside the library are served, whatever the encoding, `..`
   * segments or links in the request. Throws `path_outside_roots` or `not_found`.
   */
  async locate(path: string): Promise<PreviewFile> {
    const real = await this.#containment.resolveContained(path);
    const contentType = CONTENT_TYPES[extname(real).toLowerCase()];
    if (contentType === undefined) throw new ModelshelfError('not_found', 'Preview file not found');
    return { path: real, contentType };
  }
}
