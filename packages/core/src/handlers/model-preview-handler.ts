import type { PREVIEW_EDIT_ROUTE_DEFINITIONS } from '../routes/preview-edit-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import type {
  PreviewReplacementService,
  ReplacedPreview,
} from '../services/preview-assets/preview-replacement-service.js';
import { previewUrlOf } from '../shapes/preview-url.js';

type Handlers = HandlersOf<typeof PREVIEW_EDIT_ROUTE_DEFINITIONS>;

/** Other previews for models. */
export class ModelPreviewHandler implements Handlers {
  readonly #previews: PreviewReplacementService;

  constructor(previews: PreviewReplacementService) {
    this.#previews = previews;
  }

  readonly replacePreview: Handlers['replacePreview'] = async (_input, call) =>
    replyOf(await this.#previews.replaceByUpload(call.parts(), call.signal), call.basePath);

  readonly setPreviewFromUrl: Handlers['setPreviewFromUrl'] = async (input, { signal, basePath }) => {
    const source = { modelPath: input.model_path, imageUrl: input.image_url, nsfwLevel: input.nsfw_level };
    return replyOf(await this.#previews.replaceByUrl(source, signal), basePath);
  };
}

function replyOf({ path, nsfwLevel }: ReplacedPreview, basePath: string) {
  return {
    kind: 'json' as const,
    body: { success: true as const, preview_url: previewUrlOf(path, basePath), preview_nsfw_level: nsfwLevel },
  };
}
