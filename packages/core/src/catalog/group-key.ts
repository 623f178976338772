import type { CatalogEntry } from '../shapes/catalog-entry.js';

/** The remote model whose versions belong together: its number, or `hf:<owner>/<repo>`. */
export type GroupKey = number | string;

/** How versions of one remote model are grouped: all of them, or those of the same base model. */
export type VersionGrouping = 'same_base' | 'model';

const repository = /^https?:\/\/huggingface\.co\/([^/?#\s]+)\/([^/?#\s]+)/i;

/** The group of a model; null when it belongs to no remote model. */
export function groupKeyOf({ civitai, hf_url: url }: CatalogEntry): GroupKey | null {
  const model = civitai?.modelId;
  if (model !== undefined && Number.isInteger(model)) return model;
  const [, owner, repo] = (url === '' ? null : repository.exec(url)) ?? [];
  return owner === undefined || repo === undefined ? null : `hf:${owner}/${repo}`;
}

/** What tells newer from older within a group: the version's number, which rises with time, else the modified date. */
function versionRankOf({ civitai, modified }: CatalogEntry): number {
  const version = civitai?.id;
  return version !== undefined && Number.isInteger(version) ? version : modified;
}

/** Newest version first; among files of one version the latest, then the first path. */
export function compareNewestFirst(
  { entry: a }: { entry: CatalogEntry },
  { entry: b }: { entry: CatalogEntry },
): number {
  return (
    versionRankOf(b) - versionRankOf(a) ||
    b.modified - a.modified ||
    (a.file_path < b.file_path ? -1 : a.file_path > b.file_path ? 1 : 0)
  );
}
