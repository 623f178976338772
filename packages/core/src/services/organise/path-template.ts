import { isWithin, joinPath } from '../../disk/normalise-path.js';
import { ModelshelfError } from '../../errors.js';
import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import { priorityTagOf, type PriorityTag } from './priority-tags.js';
import { sanitizeName } from './sanitize-name.js';

/** What a path template takes of a model. */
export type TemplateModel = Pick<CatalogEntry, 'model_name' | 'base_model' | 'tags' | 'civitai'>;

/** How models of one type are filed. */
export interface PathRules {
  /** Such as `{base_model}/{first_tag}`; empty for a flat library. */
  readonly template: string;
  readonly baseModelPathMappings: Readonly<Record<string, string>>;
  readonly priorityTags: readonly PriorityTag[];
  /** True where no path holds a space. */
  readonly spacesToUnderscores: boolean;
}

const PLACEHOLDER = /\{(base_model|first_tag|author|model_name|version_name)\}/g;
const SEPARATOR = /[/\\]/;
/** A name of dots and spaces is none on some systems, and leads upwards on others. */
const NAMELESS = /^[. ]*$/;

/**
 * The folder below its root that a model belongs into, without separators at its ends; empty for a flat library, or when
 * nothing is left of the template. Unknown placeholders stay as they are.
 *
 * Invariant: no value of a model leads out of the root: values are sanitised component by component, `.` and `..` are
 * dropped, and what was put in is not expanded again.
 *
 * @example
 * // A model of base `SDXL` without tags: 'SDXL/no tags'
 * pathOfTemplate(model, { template: '{base_model}/{first_tag}', … })
 */
export function pathOfTemplate(model: TemplateModel, rules: PathRules): string {
  const { base_model: base, civitai } = model;
  const mapped = Object.hasOwn(rules.baseModelPathMappings, base) ? rules.baseModelPathMappings[base] : base;
  const hasVersion = civitai?.id !== undefined;
  const values: Readonly<Record<string, string>> = {
    base_model: componentsOf(mapped ?? '')
      .map(sanitizeName)
      .join('/'),
    first_tag: componentsOf(priorityTagOf(model.tags, rules.priorityTags) || 'no tags')
      .map(sanitizeName)
      .join('/'),
    author: componentsOf((hasVersion && civitai.creator?.username) || 'Anonymous')
      .map(sanitizeName)
      .join('/'),
    model_name: sanitizeName(model.model_name),
    version_name: sanitizeName(civitai?.name ?? ''),
  };
  const path = rules.template.replace(PLACEHOLDER, (_match, name: string) => values[name] ?? '');
  const spaced = rules.spacesToUnderscores ? path.replaceAll(' ', '_') : path;
  return componentsOf(spaced).join('/');
}

/** The folder itself; throws `path_outside_roots` should it not be below the root, whatever happened before. */
export function folderBelow(root: string, path: string): string {
  const folder = path === '' ? root : joinPath(root, path);
  if (isWithin(root, folder) && componentsOf(path).join('/') === path) return folder;
  throw new ModelshelfError('path_outside_roots', 'The folder of a path template is not below its root.');
}

/** The components that name something. */
function componentsOf(path: string): string[] {
  // eslint-disable-next-line no-control-regex
  const clean = path.replace(/[\u0000-\u001f]/g, '');
  return clean.split(SEPARATOR).filter((component) => !NAMELESS.test(component));
}
