import type { CatalogEntry } from '../shapes/catalog-entry.js';
import type { FileSignature, ScannedModel } from '../shapes/scan.js';
import { autoTagsOf } from './auto-tags.js';
import { naturalKey, plainKey } from './natural-key.js';

/** Which of a model's two names it is listed under. */
export type NameDisplay = 'model_name' | 'file_name';

/** One model with everything that queries need, worked out once when it enters the catalog. Never changed: replaced. */
export interface CatalogRecord {
  /** Small integer, the model's place in sorted orders; used again after a removal. */
  readonly id: number;
  /** Id of the configured root that the file lies under. */
  readonly root: string;
  readonly entry: Readonly<CatalogEntry>;
  readonly file: FileSignature;
  readonly sidecar: FileSignature | null;
  readonly aliases: readonly string[];
  readonly autoTags: readonly string[];
  readonly sortKeys: {
    readonly naturalName: string;
    readonly naturalPath: string;
    readonly name: string;
    readonly path: string;
  };
  /** Lower case. */
  readonly searchText: {
    readonly fileName: string;
    readonly modelName: string;
    readonly creator: string;
    readonly tags: readonly string[];
  };
}

/** Builds the record of a scanned model. */
export function createCatalogRecord(id: number, scanned: ScannedModel, nameDisplay: NameDisplay): CatalogRecord {
  const { entry } = scanned;
  const preferred = nameDisplay === 'model_name' ? entry.model_name : entry.file_name;
  const name = (preferred || entry.model_name || entry.file_name).toLowerCase();
  const path = entry.file_path.toLowerCase();
  return {
    id,
    root: scanned.root,
    entry,
    file: scanned.file,
    sidecar: scanned.sidecar,
    aliases: scanned.aliases,
    autoTags: autoTagsOf(entry),
    sortKeys: {
      naturalName: naturalKey(name),
      naturalPath: naturalKey(path),
      name: plainKey(name),
      path: plainKey(path),
    },
    searchText: {
      fileName: entry.file_name.toLowerCase(),
      modelName: entry.model_name.toLowerCase(),
      creator: (entry.civitai?.creator?.username ?? '').toLowerCase(),
      tags: entry.tags.map((tag) => tag.trim().toLowerCase()),
    },
  };
}
