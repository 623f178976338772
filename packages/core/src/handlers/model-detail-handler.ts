import type { CatalogRecord } from '../catalog/catalog-record.js';
import { resolveModelName } from '../catalog/resolve-model-name.js';
import { folderOf } from '../disk/normalise-path.js';
import { ModelshelfError } from '../errors.js';
import type { SidecarFile } from '../services/metadata/model-metadata-reader.js';
import { previewUrlOf } from '../shapes/preview-url.js';
import { findNamedModel } from './find-named-model.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelService } from './model-service.js';

/** What clients of the reference show for a model without a preview. */
const NO_PREVIEW = '/loras_static/images/no-preview.png';

const ON = new Set(['1', 'true', 'yes', 'on']);

/** A model that the library lists or excludes. */
interface HeldModel {
  readonly record: CatalogRecord;
  readonly address: { readonly root: string; readonly path: string };
}

/** Questions about one model. */
export class ModelDetailHandler {
  readonly #service: ModelService;

  constructor(service: ModelService) {
    this.#service = service;
  }

  readonly getModelNotes: ModelHandlers['getModelNotes'] = ({ name }) => {
    const { catalog, modelType } = this.#service;
    const entry = findNamedModel(catalog, name)?.entry;
    if (entry === undefined) throw new ModelshelfError('not_found', `${modelType.label} not found in cache`);
    return { kind: 'json', body: { success: true, notes: entry.notes, file_path: entry.file_path } };
  };

  readonly getModelPreviewUrl: ModelHandlers['getModelPreviewUrl'] = ({ name, license_flags }, { basePath }) => {
    const { catalog, settings } = this.#service;
    const record = resolveModelName(catalog, name).find(({ entry }) => entry.preview_url !== '');
    const wantsLicense = ON.has((license_flags ?? '').toLowerCase());
    const flags = record?.entry.civitai?.model === undefined ? null : record.entry.license_flags;
    return {
      kind: 'json',
      body: {
        success: true,
        preview_url: record === undefined ? NO_PREVIEW : previewUrlOf(record.entry.preview_url, basePath),
        ...(wantsLicense && flags !== null ? { license_flags: flags } : {}),
        ...(wantsLicense ? { use_new_license_icons: settings.current().use_new_license_icons } : {}),
      },
    };
  };

  readonly getModelCivitaiUrl: ModelHandlers['getModelCivitaiUrl'] = ({ name }) => {
    const { catalog, modelType, settings } = this.#service;
    const remote = resolveModelName(catalog, name)
      .map(({ entry }) => entry.civitai)
      .find((civitai) => civitai?.modelId !== undefined);
    if (remote?.modelId === undefined) {
      throw new ModelshelfError('not_found', `No Civitai data found for the specified ${modelType.name}`);
    }
    const model_id = String(remote.modelId);
    const version_id = remote.id === undefined ? null : String(remote.id);
    const query = version_id === null ? '' : `?modelVersionId=${version_id}`;
    const civitai_url = `https://${settings.current().civitai_host}/models/${model_id}${query}`;
    return { kind: 'json', body: { success: true, civitai_url, model_id, version_id } };
  };

  /** What the sidecar knows of the remote version. Reads it from disk and changes nothing. */
  readonly getModelMetadata: ModelHandlers['getModelMetadata'] = async ({ file_path }) => {
    const { metadata } = this.#service;
    const held = this.#held(file_path);
    if (held === undefined) throw metadata.notFound();
    const { civitai, source } = await metadata.civitaiOf(sidecarFileOf(held.record), this.#sharing(held));
    const location = { ...held.address, also_at: [...held.record.aliases] };
    return { kind: 'json', body: { success: true, metadata: civitai, source, location } };
  };

  readonly getModelDescription: ModelHandlers['getModelDescription'] = async ({ file_path }) => {
    const { metadata } = this.#service;
    const held = this.#held(file_path);
    if (held === undefined) throw metadata.noDescription();
    const description = await metadata.descriptionOf(sidecarFileOf(held.record), this.#sharing(held));
    return { kind: 'json', body: { success: true, description } };
  };

  /** Invariant: only models that the library lists or excludes are looked at, whatever path a client names. */
  #held(location: string): HeldModel | undefined {
    for (const catalog of [this.#service.catalog, this.#service.excluded]) {
      const record = catalog.recordOf(catalog.pathOf(location));
      const address = record && catalog.addressOf(record.entry.file_path);
      if (record !== undefined && address !== undefined) return { record, address };
    }
    return undefined;
  }

  /** The other models of the same folder and stem, listed or not: one sidecar belongs to one of them only. */
  #sharing({ record: { entry } }: HeldModel): SidecarFile[] {
    const folder = folderOf(entry.file_path);
    return [this.#service.catalog, this.#service.excluded]
      .flatMap((catalog) => catalog.findByStem(entry.file_name))
      .filter((other) => other.entry.file_path !== entry.file_path && folderOf(other.entry.file_path) === folder)
      .map(sidecarFileOf);
  }
}

const sidecarFileOf = ({ entry, file }: CatalogRecord): SidecarFile => ({ path: entry.file_path, size: file.size });
