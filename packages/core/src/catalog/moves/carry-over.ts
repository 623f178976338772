import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import type { ScannedModel } from '../../shapes/scan.js';

/** Whether a row holds anything that would be lost with its path. */
export function carriesMetadata({ origin, entry }: Pick<ScannedModel, 'origin' | 'entry'>): boolean {
  return origin !== 'none' || entry.preview_url !== '';
}

/** The same, or a digest that would have to be computed again. */
export function isWorthKeeping(model: Pick<ScannedModel, 'origin' | 'entry' | 'digest'>): boolean {
  return model.digest === 'computed' || carriesMetadata(model);
}

/** Whether a model shall take over what another row knew: its own sidecar wins, another tool's only over nothing. */
export function takesOver(fresh: ScannedModel, old: Pick<ScannedModel, 'origin' | 'entry'>): boolean {
  if (fresh.sidecar !== null || !carriesMetadata(old)) return false;
  return fresh.origin === 'none' || fresh.origin === 'remembered' || ['sidecar', 'remembered'].includes(old.origin);
}

/**
 * A model without a sidecar of its own with the metadata of the row that it had elsewhere. What the disk says (path,
 * name, size, folder, digest of its own) stays the model's.
 *
 * @param preview The preview of the former place, or empty when it is gone.
 */
export function withCarriedOver(model: ScannedModel, from: Readonly<CatalogEntry>, preview: string): ScannedModel {
  const { file_path, file_name, folder, size, autov3, sub_type } = model.entry;
  const ownDigest = model.entry.sha256 !== '';
  const sha256 = ownDigest ? model.entry.sha256 : from.sha256;
  // A model that was listed under its stem keeps being so.
  const model_name = from.model_name === from.file_name ? file_name : from.model_name;
  const subType = sub_type ?? from.sub_type;
  return {
    ...model,
    origin: 'remembered',
    digest: ownDigest ? model.digest : sha256 === '' ? 'none' : 'stated',
    entry: {
      ...from,
      file_path,
      file_name,
      folder,
      size,
      model_name,
      sha256,
      autov3: autov3 === null || autov3 === '' ? (from.autov3 ?? autov3) : autov3,
      preview_url: model.entry.preview_url === '' ? preview : model.entry.preview_url,
      hash_status: sha256 === '' ? 'pending' : 'completed',
      ...(subType === undefined ? {} : { sub_type: subType }),
    },
  };
}
