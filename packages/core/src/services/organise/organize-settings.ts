/** The settings that say where models belong, as they are at the moment of each question. */
export interface OrganizeSettings {
  /** Path template of a model type (`lora`); empty for a flat library. */
  templateOf(modelType: string): string;
  /** Base model to the text that takes its place in paths; keys count exactly. */
  readonly baseModelPathMappings: Readonly<Record<string, string>>;
  /** Model type to its list of priority tags (`parsePriorityTags`). */
  readonly priorityTags: Readonly<Record<string, string>>;
  /** Patterns of models that are left where they are. */
  readonly exclusions: readonly string[];
}
