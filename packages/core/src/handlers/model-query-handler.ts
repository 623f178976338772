import type { CountedValue } from '../catalog/counted-values.js';
import { resolveModelName } from '../catalog/resolve-model-name.js';
import { previewUrlOf } from '../shapes/preview-url.js';
import type { ModelHandlers } from './model-handlers.js';
import type { ModelService } from './model-service.js';

/** What clients of the reference show for a model without a preview. */
const NO_PREVIEW = '/loras_static/images/no-preview.png';

const ON = new Set(['1', 'true', 'yes', 'on']);

const limited = (values: readonly CountedValue[], limit: number): readonly CountedValue[] =>
  limit === 0 ? values : values.slice(0, limit);

/** Questions about models and about the library as a whole. */
export class ModelQueryHandler {
  readonly #service: ModelService;

  constructor(service: ModelService) {
    this.#service = service;
  }

  readonly getTopTags: ModelHandlers['getTopTags'] = ({ limit }) => {
    const tags = limited(this.#service.catalog.rankedTags(), limit);
    return { kind: 'json', body: { success: true, tags: tags.map(({ value, count }) => ({ tag: value, count })) } };
  };

  readonly getBaseModels: ModelHandlers['getBaseModels'] = ({ limit }) => {
    const baseModels = limited(this.#service.catalog.rankedBaseModels(), limit);
    const body = {
      success: true as const,
      base_models: baseModels.map(({ value, count }) => ({ name: value, count })),
    };
    return { kind: 'json', body };
  };

  /** Scans and waits for the end. Throws what made the scan fail: a failed scan never reports success. */
  readonly scanModels: ModelHandlers['scanModels'] = async () => {
    const { scans, modelType } = this.#service;
    const { issues, issuesDropped } = await scans.execute();
    return {
      kind: 'json',
      body: {
        success: true,
        status: 'success',
        message: `${modelType.label} scan completed`,
        issues: [...issues],
        issues_dropped: issuesDropped,
      },
    };
  };

  readonly getModelRoots: ModelHandlers['getModelRoots'] = () => ({
    kind: 'json',
    body: { success: true, roots: this.#service.roots.map(({ path }) => path) },
  });

  readonly getFolders: ModelHandlers['getFolders'] = () => ({
    kind: 'json',
    body: { success: true, folders: [...this.#service.catalog.folders()] },
  });

  /**
   * What the sidecar knows of the remote version. Reads it from disk and changes nothing.
   *
   * Invariant: only models that the library lists or excludes are looked at, whatever path a client names.
   */
  readonly getModelMetadata: ModelHandlers['getModelMetadata'] = async ({ file_path }) => {
    const { catalog, metadata } = this.#service;
    const record = catalog.recordOf(catalog.pathOf(file_path));
    const path = record?.entry.file_path ?? catalog.pathOf(file_path);
    const isOurs = record !== undefined || catalog.isExcluded(path);
    const address = isOurs ? catalog.addressOf(path) : undefined;
    if (address === undefined) throw metadata.notFound();
    const sharing = record === undefined ? [] : catalog.sharingStem(record);
    const civitai = await metadata.civitaiOf(
      { path, size: record?.file.size ?? 0 },
      sharing.map(({ entry, file }) => ({ path: entry.file_path, size: file.size })),
    );
    const location = { ...address, also_at: [...(record?.aliases ?? [])] };
    return { kind: 'json', body: { success: true, metadata: civitai, location } };
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
}
