import { readFile, stat } from 'node:fs/promises';
import { ModelshelfError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';

/** Sidecars above this size are not metadata. */
const MAX_SIDECAR_BYTES = 64 * 1024 * 1024;

/** Members of the remote version object that are answered (docs/behaviour.md, "Metadata"). */
const ANSWERED = [
  'id',
  'modelId',
  'name',
  'createdAt',
  'updatedAt',
  'publishedAt',
  'trainedWords',
  'baseModel',
  'description',
  'model',
  'images',
  'customImages',
  'creator',
] as const;

/** Reads what the sidecar of a model says, from disk and without side effects. */
export class ModelMetadataReader {
  /** Where the sidecar of a model lies. */
  readonly #sidecarPathOf: (modelPath: string) => string;
  readonly #notFound: string;

  constructor(sidecarPathOf: (modelPath: string) => string, typeLabel: string) {
    this.#sidecarPathOf = sidecarPathOf;
    this.#notFound = `${typeLabel} not found or no CivitAI metadata available`;
  }

  /** The remote version object of a listed model, restricted to known members; throws `not_found` without a sidecar. */
  async civitaiOf(modelPath: string): Promise<JsonObject> {
    const { civitai } = await this.#sidecarOf(modelPath);
    if (!isJsonObject(civitai)) return {};
    return Object.fromEntries(ANSWERED.filter((key) => key in civitai).map((key) => [key, civitai[key]]));
  }

  async #sidecarOf(modelPath: string): Promise<JsonObject> {
    const path = this.#sidecarPathOf(modelPath);
    try {
      const { size } = await stat(path);
      if (size > MAX_SIDECAR_BYTES) throw new RangeError(`sidecar of ${String(size)} bytes`);
      const text = await readFile(path, 'utf8');
      const sidecar: unknown = JSON.parse(text.replace(/^\ufeff/, ''));
      if (isJsonObject(sidecar)) return sidecar;
      throw new TypeError('sidecar is no object');
    } catch (cause) {
      throw new ModelshelfError('not_found', this.#notFound, { cause });
    }
  }
}
