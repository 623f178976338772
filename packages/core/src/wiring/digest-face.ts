import { ModelshelfError } from '../errors.js';
import type { ModelService } from '../handlers/model-service.js';
import type { KnownDigest } from '../ports/digest-records.js';
import type { DigestService } from '../services/digests/digest-service.js';

/** Digests on demand: what is not read unasked, such as checkpoints, is read when somebody wants it. */
export interface DigestFace {
  /**
   * The digest of one model's file by absolute path or address, computed now if nobody did (docs/behaviour.md, "Digests").
   *
   * Rejects with a `ModelshelfError`: `not_found` for an unknown prefix or model and for a file that is gone, `cancelled`,
   * `library_closed`, `service_not_ready` while the file is still being written.
   */
  digestOf(prefix: string, location: string, options?: { signal?: AbortSignal }): Promise<KnownDigest>;
  /** Digests everything of a type that has none; resolves with how many files were read and how many failed. */
  digestAll(prefix: string, options?: { signal?: AbortSignal }): Promise<{ done: number; failed: number }>;
}

/** Digests on demand over the catalogs of all types. */
export function createDigestFace(models: readonly ModelService[], digests: DigestService): DigestFace {
  const serviceOf = (prefix: string): ModelService => {
    const service = models.find(({ modelType }) => modelType.prefix === prefix);
    if (service === undefined) throw new ModelshelfError('not_found', `No model type has the prefix "${prefix}".`);
    return service;
  };
  return {
    digestOf: async (prefix, location, options) => {
      const { catalog, excluded, modelType } = serviceOf(prefix);
      const path = catalog.pathOf(location);
      const target = catalog.recordOf(path) === undefined ? excluded : catalog;
      const record = target.recordOf(path);
      if (record === undefined) throw new ModelshelfError('not_found', `${modelType.label} not found in cache`);
      const { entry, file } = record;
      const pending = { path: entry.file_path, file, autov3: (entry.autov3 ?? '') === '' };
      return digests.digestOf(target, pending, options);
    },
    digestAll: async (prefix, options) => digests.digestAll(serviceOf(prefix).catalog, options),
  };
}
