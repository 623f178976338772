import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { ModelCatalog } from '../../catalog/model-catalog.js';

/** What is asked of a catalog to find a model that a client names. */
export type NamedModels = Pick<ModelCatalog, 'recordOf' | 'pathOf' | 'findByHash' | 'findByStem'>;

const digest = /^(?:[\da-f]{64}|[\da-f]{10}|[\da-f]{12})$/i;

/**
 * The digest of the model that a client names by path, address, SHA-256, AutoV2, AutoV3 or name; undefined for a model
 * that nobody has, that has no digest yet, or that could be one of several.
 */
export function usedDigestOf(catalog: NamedModels, reference: string): string | undefined {
  const record = catalog.recordOf(catalog.pathOf(reference));
  const byHash = record === undefined && digest.test(reference.trim()) ? catalog.findByHash(reference) : [];
  const meant = record !== undefined ? [record.entry] : byHash.length > 0 ? byHash : modelsNamed(catalog, reference);
  const [sha256, another] = new Set(meant.map((entry) => entry.sha256));
  return another === undefined && sha256 !== '' ? sha256 : undefined;
}

/** The models of exactly this path below a root, with or without extension, else every model with that stem. */
function modelsNamed(catalog: NamedModels, name: string): readonly CatalogRecord['entry'][] {
  const wanted = name.replaceAll('\\', '/');
  const bare = wanted.replace(/\.[^./]+$/, '');
  const asStem = catalog.findByStem(lastOf(wanted));
  const candidates = (asStem.length > 0 ? asStem : catalog.findByStem(lastOf(bare))).map(({ entry }) => entry);
  const exact = candidates.filter(({ folder, file_name }) => {
    const path = folder === '' ? file_name : `${folder}/${file_name}`;
    return path === wanted || path === bare;
  });
  return exact.length > 0 ? exact : candidates;
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
