import { autoTagsOf } from '../catalog/auto-tags.js';
import { nameOf } from '../disk/normalise-path.js';
import { ModelshelfError } from '../errors.js';
import type { ModelType } from '../model-types/model-type.js';
import type { SettingsView } from '../ports/settings-view.js';
import type { BulkFilterInput } from '../routes/metadata-edit-bodies.js';
import { listQuery } from '../routes/list-query.js';
import type { METADATA_EDIT_ROUTE_DEFINITIONS } from '../routes/metadata-edit-route-definitions.js';
import type { HandlersOf } from '../routes/route-io.js';
import type { BulkEditService } from '../services/metadata-sync/bulk-edit-service.js';
import type { MetadataSyncService } from '../services/metadata-sync/metadata-sync-service.js';
import type { TagUpdateService } from '../services/tags/tag-update-service.js';
import { isJsonObject, type JsonObject } from '../shapes/json.js';
import { listFilterOf } from './list-filter.js';

type EditHandlers = HandlersOf<typeof METADATA_EDIT_ROUTE_DEFINITIONS>;

interface ModelEditParts {
  readonly modelType: ModelType;
  readonly settings: SettingsView;
  readonly metadataSync: Pick<MetadataSyncService, 'saveMetadata' | 'setExcluded'>;
  readonly tags: Pick<TagUpdateService, 'addTags'>;
  readonly bulkEdits: Pick<BulkEditService, 'edit'>;
}

/** Changes of what is known of models. */
export class ModelEditHandler implements EditHandlers {
  readonly #parts: ModelEditParts;

  constructor(parts: ModelEditParts) {
    this.#parts = parts;
  }

  readonly saveMetadata: EditHandlers['saveMetadata'] = async ({ file_path, ...updates }) => {
    const { entry } = await this.#parts.metadataSync.saveMetadata(file_path, jsonOf(updates));
    return { kind: 'json', body: { success: true, auto_tags: [...autoTagsOf(entry)] } };
  };

  readonly addTags: EditHandlers['addTags'] = async ({ file_path, tags }) => {
    const { record, tags: all } = await this.#parts.tags.addTags(file_path, tags);
    return { kind: 'json', body: { success: true, tags: [...all], auto_tags: [...autoTagsOf(record.entry)] } };
  };

  readonly excludeModel: EditHandlers['excludeModel'] = async ({ file_path }) => {
    const { entry } = await this.#parts.metadataSync.setExcluded(file_path, true);
    return { kind: 'json', body: { success: true, message: `Model ${nameOf(entry.file_path)} excluded` } };
  };

  readonly unexcludeModel: EditHandlers['unexcludeModel'] = async ({ file_path }) => {
    const { entry } = await this.#parts.metadataSync.setExcluded(file_path, false);
    return { kind: 'json', body: { success: true, message: `Model ${nameOf(entry.file_path)} restored` } };
  };

  readonly bulkEditModels: EditHandlers['bulkEditModels'] = async (input, { signal }) => {
    const { bulkEdits, modelType, settings } = this.#parts;
    const filter = input.filter && listFilterOf(asListInput(input.filter), modelType, settings.current());
    const report = await bulkEdits.edit(
      { locations: input.file_paths, filter },
      {
        addTags: input.add_tags,
        removeTags: input.remove_tags,
        replaceTags: input.replace_tags,
        baseModel: input.base_model,
      },
      { dryRun: input.dry_run, signal },
    );
    return { kind: 'json', body: { success: true, dry_run: input.dry_run, ...report } };
  };
}

const LIST_DEFAULTS = listQuery.parse({});

const asListInput = (filter: BulkFilterInput): typeof LIST_DEFAULTS => ({ ...LIST_DEFAULTS, ...filter });

/** A call in process may bring what JSON cannot say. */
function jsonOf(updates: { readonly [key: string]: unknown }): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(JSON.stringify(updates));
  } catch (cause) {
    throw new ModelshelfError('validation_failed', 'The metadata are nested too deeply to be stored.', { cause });
  }
  return isJsonObject(value) ? value : {};
}
