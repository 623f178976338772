import type { JsonObject } from '../shapes/json.js';
import type { ScannedModel } from '../shapes/scan.js';

/** A sidecar as it may be edited: everything that its file says, or what it would say if there were one. */
export interface SidecarDraft {
  /** Where the sidecar of the model is, or would be. */
  readonly path: string;
  /** The text of its file; undefined when there is none yet: then it is one of a plan's `creates`, else of its `rewrites`. */
  readonly before: string | undefined;
  /** Complete enough for a scan, unknown members in their order. Spread it to change it. */
  readonly value: JsonObject;
}

/** Makes drafts; to be asked inside the model's lock only. */
export interface SidecarDrafts {
  /**
   * Throws `sidecar_unusable` for a sidecar that cannot be read, and `conflict` for one that is about another model of
   * the same folder and stem.
   *
   * @example
   * const { path, before, value } = await drafts.draft(record);
   * const content = sidecarText({ ...value, preview_url: preview }, before);
   */
  draft(model: ScannedModel): Promise<SidecarDraft>;
}
