import { toMutationError } from '../../disk/mutation-error.js';
import { folderOf, joinPath, nameOf, relativeTo } from '../../disk/normalise-path.js';
import type { TargetFolder, TargetFolders } from '../../disk/target-folders.js';
import type { ModelType } from '../../model-types/model-type.js';
import type { CatalogEntry } from '../../shapes/catalog-entry.js';
import type { ModelRoot } from '../../shapes/scan.js';
import { exclusionsOf, type Exclusions } from './exclusions.js';
import type { OrganizeSettings } from './organize-settings.js';
import { folderBelow, pathOfTemplate, type PathRules } from './path-template.js';
import { DEFAULT_PRIORITY_TAGS, parsePriorityTags } from './priority-tags.js';

/** Where one model belongs. */
export type OrganizeDecision =
  | { readonly kind: 'move'; readonly to: string }
  | { readonly kind: 'stays' }
  | { readonly kind: 'unfiled' }
  | { readonly kind: 'failed'; readonly message: string };

interface DecisionParts {
  readonly modelType: ModelType;
  readonly settings: OrganizeSettings;
  readonly targets: TargetFolders;
  readonly rootOf: (path: string) => ModelRoot | undefined;
  readonly isReadOnly: (path: string) => boolean;
  /** Patterns of this run; absent: those of the settings. */
  readonly exclusions?: readonly string[] | undefined;
}

/** The rules by which models of one type are filed, as the settings are now. */
export function pathRulesOf({ name }: ModelType, settings: OrganizeSettings): PathRules {
  const { baseModelPathMappings, priorityTags } = settings;
  const priorities = Object.hasOwn(priorityTags, name) ? priorityTags[name] : undefined;
  return {
    template: settings.templateOf(name),
    baseModelPathMappings,
    priorityTags: parsePriorityTags(priorities ?? DEFAULT_PRIORITY_TAGS),
    spacesToUnderscores: name === 'embedding',
  };
}

/**
 * Decides for one run where models belong: always below the root that they are in.
 *
 * Invariant: looks at folders, and changes nothing.
 */
export class OrganizeDecisions {
  readonly #parts: DecisionParts;
  readonly #rules: PathRules;
  readonly #exclusions: Exclusions;
  readonly #resolved = new Map<string, Promise<TargetFolder>>();

  constructor(parts: DecisionParts) {
    this.#parts = parts;
    this.#rules = pathRulesOf(parts.modelType, parts.settings);
    this.#exclusions = exclusionsOf(parts.exclusions ?? parts.settings.exclusions);
  }

  /** Whether all models belong into their root itself. */
  get isFlat(): boolean {
    return this.#rules.template === '';
  }

  /** Excluded models are none of a run's business. */
  isExcluded(path: string): boolean {
    const root = this.#parts.rootOf(path);
    return this.#exclusions.excludes(nameOf(path), root === undefined ? path : relativeTo(root.path, path), path);
  }

  async decide(model: Readonly<CatalogEntry>): Promise<OrganizeDecision> {
    const { file_path: path } = model;
    const { rootOf, isReadOnly } = this.#parts;
    const root = rootOf(path);
    if (root === undefined) return failed('Model file not found in any configured root directory');
    const below = pathOfTemplate(model, this.#rules);
    const wanted = folderBelow(root.path, below);
    if (below === '' && (!this.isFlat || folderOf(path) === root.path)) return { kind: 'unfiled' };
    if (wanted === folderOf(path)) return { kind: 'stays' };
    if (isReadOnly(path)) return failed('Failed to move model: the folder is read-only');
    try {
      const target = await this.#resolve(wanted);
      if (target.root.id !== root.id) return failed('Failed to move model: its folder lies in another root');
      return target.path === folderOf(path)
        ? { kind: 'stays' }
        : { kind: 'move', to: joinPath(target.path, nameOf(path)) };
    } catch (error) {
      return failed(`Error: ${toMutationError(error, wanted).message}`);
    }
  }

  /** Many models go to few folders; what is asked once holds for the run. */
  #resolve(folder: string): Promise<TargetFolder> {
    const known = this.#resolved.get(folder);
    if (known !== undefined) return known;
    const asked = this.#parts.targets.resolve(folder);
    this.#resolved.set(folder, asked);
    return asked;
  }
}

const failed = (message: string): OrganizeDecision => ({ kind: 'failed', message });
