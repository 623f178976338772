import { isJsonObject } from '../shapes/json.js';
import type { Sidecar } from '../shapes/sidecar.js';
import { baseModelName } from './base-model-name.js';
import type { ForeignFields, ForeignModel } from './foreign-fields.js';
import { SIZE_TOLERANCE, checkSidecar } from './sidecar-file.js';

function primaryFile(info: ForeignFields): ForeignFields | undefined {
  const files: unknown = info['files'];
  if (!Array.isArray(files)) return undefined;
  return (files as readonly unknown[]).find(
    (file): file is ForeignFields => isJsonObject(file) && file['primary'] === true,
  );
}

/**
 * A sidecar made from an info file with a primary file, for a model that has none; undefined when it names no such file.
 *
 * Invariant: the provider's digest is taken only when the file has the size that the provider states for it.
 */
export function sidecarFromInfo(info: ForeignFields, model: ForeignModel): Sidecar | undefined {
  const file = primaryFile(info);
  if (file === undefined) return undefined;
  const about = isJsonObject(info['model']) ? info['model'] : {};
  const hashes = isJsonObject(file['hashes']) ? file['hashes'] : {};
  const sizeKB = file['sizeKB'];
  const sameSize = typeof sizeKB === 'number' && Math.abs(sizeKB * 1024 - model.size) <= SIZE_TOLERANCE;
  const built = checkSidecar({
    file_name: model.stem,
    model_name: typeof about['name'] === 'string' && about['name'] !== '' ? about['name'] : model.stem,
    file_path: model.path,
    size: model.size,
    modified: 0,
    sha256: sameSize && typeof hashes['SHA256'] === 'string' ? hashes['SHA256'] : '',
    base_model: baseModelName(typeof info['baseModel'] === 'string' ? info['baseModel'] : ''),
    tags: about['tags'],
    modelDescription: about['description'],
  });
  return built.kind === 'ok' ? { ...built.sidecar, civitai: info } : undefined;
}

/** Tells whether an info file has something to say: only when the sidecar, if there is one, knows no remote side. */
export function lacksInfo(sidecar: Sidecar | null): boolean {
  return sidecar === null || sidecar.civitai === null || Object.keys(sidecar.civitai).length === 0;
}

/** The sidecar, completed from an info file where it knows nothing of the remote side. */
export function completeFromInfo(sidecar: Sidecar, info: ForeignFields): Sidecar {
  const about = isJsonObject(info['model']) ? info['model'] : {};
  const { tags, description } = about;
  return {
    ...sidecar,
    civitai: info,
    tags: sidecar.tags.length === 0 && Array.isArray(tags) ? tags : sidecar.tags,
    modelDescription:
      sidecar.modelDescription === '' && typeof description === 'string' ? description : sidecar.modelDescription,
  };
}
