import type { Companions } from '../../disk/companions.js';
import type { FilePlan } from '../../disk/file-plan.js';
import { extensionOf, folderOf, joinPath, nameOf, stemOf } from '../../disk/normalise-path.js';
import type { SidecarDraft } from '../../disk/sidecar-draft.js';
import type { ImageFile } from '../../ports/image-optimizer.js';

/** A preview that takes the place of a model's previews. */
export interface NewPreview {
  readonly path: string;
  readonly image: ImageFile;
  readonly draft: Pick<SidecarDraft, 'path' | 'before'>;
  /** The new text of the sidecar. */
  readonly sidecar: string;
}

/**
 * Where the preview of a model goes: beside it. Models of one stem would all show `<stem>.webp`, so that one of them has
 * its own behind its whole name, where only its sidecar finds it.
 */
export function previewPathOf({ model, sharedWith }: Companions, { extension }: Pick<ImageFile, 'extension'>): string {
  const name = nameOf(model);
  return joinPath(folderOf(model), (sharedWith.length === 0 ? stemOf(name) : name) + extension);
}

/**
 * One plan: the new preview in, the old ones out, the sidecar rewritten.
 *
 * Invariant: the previews that another model shows stay.
 */
export function planPreview(companions: Companions, { path, image, draft, sidecar }: NewPreview): FilePlan {
  const text = { path: draft.path, content: sidecar };
  return {
    kind: 'replace-preview',
    creates: [{ path, content: image.data }, ...(draft.before === undefined ? [text] : [])],
    rewrites: draft.before === undefined || draft.before === sidecar ? [] : [text],
    // One that has the new one's name makes room for it.
    discards: companions.previews.filter((preview) => isOwn(companions, preview)),
  };
}

/**
 * A file of another name that the sidecar mentions stays: it is no longer shown, and may be somebody else's. Of a shared
 * stem only what bears the model's whole name is its own.
 */
function isOwn({ model, sharedWith }: Companions, preview: string): boolean {
  const name = nameOf(model).toLowerCase();
  const own = nameOf(preview).toLowerCase();
  if (own === name + extensionOf(own)) return true;
  return sharedWith.length === 0 && own.startsWith(`${stemOf(name)}.`);
}
