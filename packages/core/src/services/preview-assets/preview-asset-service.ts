import type { PathContainment } from '../../disk/contained-path.js';
import { extensionOf, nameOf } from '../../disk/normalise-path.js';
import { PREVIEW_CONTENT_TYPES } from '../../disk/preview-discovery.js';
import { ModelshelfError } from '../../errors.js';

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
    const contentType = PREVIEW_CONTENT_TYPES.get(extensionOf(nameOf(real)));
    if (contentType === undefined) throw new ModelshelfError('not_found', 'Preview file not found');
    return { path: real, contentType };
  }
}
