import { z } from 'zod';
import { ModelshelfError } from '../errors.js';
import type { ModelType } from '../model-types/model-type.js';
import { configuredFolderSchema } from '../shapes/root-scan-policy.js';
import { siteOriginsSchema, type SiteOrigins } from '../shapes/site-origins.js';
import type { ModelLibraryOptions } from './library-options.js';

const foldersSchema = z.record(z.string(), z.array(configuredFolderSchema).optional()).optional();

/**
 * Refuses model types that collide, root categories that no type has and folders that cannot be meant; throws
 * `invalid_configuration`.
 */
export function checkModelTypes(types: readonly ModelType[], options: ModelLibraryOptions): void {
  const prefixes = types.map(({ prefix }) => prefix);
  const twice = prefixes.find((prefix, index) => prefixes.indexOf(prefix) !== index);
  if (twice !== undefined)
    throw new ModelshelfError('invalid_configuration', `Two model types have the prefix "${twice}".`);
  checkFolders('roots', options.roots);
  checkFolders('extraRoots', options.extraRoots);
  const categories = types.flatMap(({ rootCategories }) => rootCategories.map(({ category }) => category));
  const unknown = Object.keys({ ...options.roots, ...options.extraRoots }).find((key) => !categories.includes(key));
  if (unknown === undefined) return;
  const known = categories.join(', ');
  throw new ModelshelfError(
    'invalid_configuration',
    `No model type keeps its files under "${unknown}" (known: ${known}).`,
  );
}

function checkFolders(option: 'roots' | 'extraRoots', folders: ModelLibraryOptions['roots']): void {
  const checked = foldersSchema.safeParse(folders);
  if (checked.success) return;
  throw new ModelshelfError('invalid_configuration', `${option}: ${z.prettifyError(checked.error)}`);
}

/** The origins of the remote catalogues, defaults filled in; throws `invalid_configuration`. */
export function checkSites(sites: ModelLibraryOptions['sites']): SiteOrigins {
  const checked = siteOriginsSchema.safeParse(sites ?? {});
  if (checked.success) return checked.data;
  throw new ModelshelfError('invalid_configuration', `sites: ${z.prettifyError(checked.error)}`);
}
