import type { FileOperations } from '../ports/file-operations.js';
import type { ScannedModel } from '../shapes/scan.js';
import { isModelshelfError } from '../errors.js';
import type { Companions } from './companions.js';
import type { SidecarDraft, SidecarDrafts } from './sidecar-draft.js';

/** What lies beside a model and stays beside another one, so that it has to be copied to go along. */
export interface LeavingCopies {
  /** The sidecar, when it is about this model. */
  readonly sidecar: SidecarDraft | undefined;
  readonly previews: readonly { readonly path: string; readonly content: Uint8Array }[];
}

/** Larger previews stay: a copy is held in memory. */
const MAX_PREVIEW_BYTES = 32 * 1024 * 1024;

/**
 * What a model that shares its stem with others takes along when it leaves them: a copy of the previews, which all of them
 * show, and of the sidecar when it is about this model. To be asked inside the model's lock.
 *
 * Invariant: while another model of the folder and stem remains, everything beside it stays
 * (docs/behaviour.md, "Shared stems").
 */
export async function leavingCopies(
  model: ScannedModel,
  companions: Companions,
  { drafts, files }: { readonly drafts: SidecarDrafts; readonly files: FileOperations },
): Promise<LeavingCopies> {
  const previews: { path: string; content: Uint8Array }[] = [];
  for (const path of companions.previews) {
    const { size } = await files.stat(path);
    if (size <= MAX_PREVIEW_BYTES) previews.push({ path, content: await files.readFile(path) });
  }
  return { sidecar: await ownSidecar(model, drafts), previews };
}

async function ownSidecar(model: ScannedModel, drafts: SidecarDrafts): Promise<SidecarDraft | undefined> {
  try {
    const draft = await drafts.draft(model);
    return draft.before === undefined ? undefined : draft;
  } catch (error) {
    // It is about another model, or nobody can tell whom it is about: then it stays where it is.
    if (isModelshelfError(error) && (error.code === 'conflict' || error.code === 'sidecar_unusable')) return undefined;
    throw error;
  }
}
