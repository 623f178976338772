import { DEFAULT_PATH_TEMPLATE } from '../../shapes/path-templates-setting.js';
import { DEFAULT_PRIORITY_TAGS } from '../../shapes/priority-tags-setting.js';
import type { Settings } from '../../shapes/settings.js';

/** The settings that say where models belong, as they are at the moment of each question. */
export class OrganizeSettingsView {
  readonly #current: () => Settings;

  constructor(current: () => Settings) {
    this.#current = current;
  }

  /** The path template of a model type (`lora`); empty for a flat library. */
  templateOf(modelType: string): string {
    return ownText(this.#current().download_path_templates, modelType) ?? DEFAULT_PATH_TEMPLATE;
  }

  /** The priority tags of a model type as text. */
  priorityTagsOf(modelType: string): string {
    return ownText(this.priorityTags, modelType) ?? DEFAULT_PRIORITY_TAGS;
  }

  /** The same by model type. */
  get priorityTags(): Readonly<Record<string, string>> {
    return this.#current().priority_tags;
  }

  /** Base model to the text that takes its place in paths. */
  get baseModelPathMappings(): Readonly<Record<string, string>> {
    return this.#current().base_model_path_mappings;
  }

  /** Patterns of models that are left where they are. */
  get exclusions(): readonly string[] {
    return this.#current().auto_organize_exclusions;
  }
}

const ownText = (texts: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined;
