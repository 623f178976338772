import type { CatalogRecord } from '../../catalog/catalog-record.js';
import type { JsonObject } from '../../shapes/json.js';
import { tagsIn, textsOf, withTags } from '../../shapes/tags.js';

/** Edits the sidecar of one model in its lock. */
export interface ModelEdits {
  edit(
    location: string,
    mutate: (sidecar: JsonObject) => JsonObject,
  ): Promise<{ readonly record: CatalogRecord; readonly sidecar: JsonObject }>;
}

/** A model after tags were added to it. */
export interface TaggedModel {
  readonly record: CatalogRecord;
  /** All of its tags. */
  readonly tags: readonly string[];
}

/** Adds tags to models. */
export class TagUpdateService {
  readonly #edits: ModelEdits;

  constructor(edits: ModelEdits) {
    this.#edits = edits;
  }

  /** Adds those tags that the model does not have in any case; what it has stays as it is. */
  async addTags(location: string, tags: readonly unknown[]): Promise<TaggedModel> {
    const { record, sidecar } = await this.#edits.edit(location, (before) => ({
      ...before,
      tags: withTags(tagsIn(before), tags),
    }));
    return { record, tags: textsOf(tagsIn(sidecar)) };
  }
}
