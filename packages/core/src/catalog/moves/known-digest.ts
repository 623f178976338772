import type { KnownDigest } from '../../ports/digest-records.js';
import type { ScannedModel } from '../../shapes/scan.js';

/** The model with a digest that was computed from this very file: it goes before whatever a sidecar states. */
export function withComputedDigest(model: ScannedModel, { sha256, autov3 }: KnownDigest): ScannedModel {
  const known = model.entry.autov3;
  return {
    ...model,
    digest: 'computed',
    entry: {
      ...model.entry,
      sha256,
      autov3: known === null || known === '' ? (autov3 ?? known) : known,
      hash_status: 'completed',
    },
  };
}

/**
 * The model without the digest that its sidecar states, when the file was replaced by one of the same size and the
 * sidecar was not: it then speaks of the file before. A file that only changed its inode was copied.
 *
 * @param before The row so far.
 */
export function withoutStaleDigest(model: ScannedModel, before: ScannedModel | undefined): ScannedModel {
  if (before === undefined || model.digest !== 'stated' || model.origin === 'remembered') return model;
  const { sidecar, file } = before;
  const isSameSidecar = sidecar?.mtimeMs === model.sidecar?.mtimeMs && sidecar?.size === model.sidecar?.size;
  if (!isSameSidecar || before.origin !== model.origin) return model;
  const isSameFile = file.size === model.file.size && file.mtimeMs === model.file.mtimeMs;
  // Once it was dropped it stays so until the digest is computed.
  if (isSameFile && before.digest !== 'none') return model;
  return { ...model, digest: 'none', entry: { ...model.entry, sha256: '', hash_status: 'pending' } };
}
