import type { DigestRecords } from '../ports/digest-records.js';
import type { ScannedModel } from '../shapes/scan.js';
import type { ModelShelves } from './model-shelves.js';
import { inSlices } from './moves/in-slices.js';
import { withComputedDigest, withoutStaleDigest } from './moves/known-digest.js';
import type { ModelMove, ModelMoves } from './moves/model-moves.js';

/** Metadata that is kept elsewhere, because nothing can be written beside the model. */
export interface KeptMetadata {
  apply(model: ScannedModel): ScannedModel;
  /** The model has another path now. */
  follow(move: ModelMove): Promise<void>;
  /** The model was found under another path; what was edited there since counts more. */
  rejoin(move: ModelMove): Promise<void>;
  /** Its sidecar was written, with all that is kept: nothing needs to be kept any more. */
  written(path: string): Promise<void>;
}

/** What a row is made of besides the disk. */
export interface EnteringParts {
  readonly shelves: ModelShelves;
  readonly digests: DigestRecords;
  readonly moves: ModelMoves;
  readonly kept?: KeptMetadata | undefined;
}

/** A model as read from disk, with what is kept of it elsewhere; its digest comes last, in the step that enters it. */
export async function withKeptMetadata(model: ScannedModel, { moves, kept }: EnteringParts): Promise<ScannedModel> {
  const remembered = await moves.withRemembered(model);
  // What was edited here comes last: it may be of a model that was moved here without its sidecar.
  return kept === undefined ? remembered : kept.apply(remembered);
}

/** Models were found under another path: what is kept of them goes along, and is shown there. */
export async function followKept(
  moved: readonly ModelMove[],
  { shelves, kept }: Pick<EnteringParts, 'shelves' | 'kept'>,
): Promise<void> {
  if (kept === undefined) return;
  for await (const slice of inSlices(moved)) {
    for (const move of slice) {
      await kept.rejoin(move);
      const row = shelves.rowOf(move.to);
      const shown = row === undefined ? undefined : kept.apply(row);
      if (shown !== undefined && shown !== row) shelves.enter([shown]);
    }
  }
}

/** The same with the digest that was computed of these bytes, if any. Synchronous: digests arrive at any time. */
export function withKnownDigest(
  model: ScannedModel,
  before: ScannedModel | undefined,
  { digests }: Pick<EnteringParts, 'digests'>,
): ScannedModel {
  const known = digests.find(model.entry.file_path, model.file);
  return known === undefined ? withoutStaleDigest(model, before) : withComputedDigest(model, known);
}
