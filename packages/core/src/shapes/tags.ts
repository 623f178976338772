import type { Json, JsonObject } from './json.js';

const textOf = (tag: unknown): string => (typeof tag === 'string' ? tag.trim().toLowerCase() : '');

/** Tags as they are stored: trimmed, in lower case, each once, in their order; what is no text is left out. */
export function normaliseTags(tags: readonly unknown[]): string[] {
  return [...new Set(tags.map(textOf).filter((tag) => tag !== ''))];
}

/** Tags and those of `added` that none of them equals without regard to case; the present ones stay as they are. */
export function withTags(tags: readonly Json[], added: readonly unknown[]): Json[] {
  const present = new Set(tags.map(textOf));
  return [...tags, ...normaliseTags(added).filter((tag) => !present.has(tag))];
}

/** Tags without those that equal one of `removed` without regard to case. */
export function withoutTags(tags: readonly Json[], removed: readonly unknown[]): Json[] {
  const gone = new Set(normaliseTags(removed));
  return tags.filter((tag) => !gone.has(textOf(tag)));
}

/** The tags of a sidecar as they are stored. */
export function tagsIn({ tags }: JsonObject): readonly Json[] {
  return isJsonList(tags) ? tags : [];
}

/** Those that are texts: the others are shown nowhere. */
export function textsOf(tags: readonly Json[]): string[] {
  return tags.filter((tag) => typeof tag === 'string');
}

const isJsonList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
