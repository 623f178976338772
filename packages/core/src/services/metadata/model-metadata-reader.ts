import { readSidecarOf } from '../../disk/read-sidecar.js';
import { ModelshelfError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';

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

/** A model file as far as its sidecar is concerned. */
export interface SidecarFile {
  readonly path: string;
  readonly size: number;
}

/** Reads what the sidecar of a model says, from disk and without side effects. */
export class ModelMetadataReader {
  readonly #notFound: string;

  /** @param typeLabel The model type as messages spell it. */
  constructor(typeLabel: string) {
    this.#notFound = `${typeLabel} not found or no CivitAI metadata available`;
  }

  /** What is answered for a model that the library does not hold, or that has no sidecar. */
  notFound(): ModelshelfError {
    return new ModelshelfError('not_found', this.#notFound);
  }

  /**
   * The remote version object of a model, restricted to known members, as a scan would read it now; throws `not_found`
   * without a sidecar.
   *
   * @param sharing The other models of the same folder and stem: a sidecar belongs to one of them only.
   */
  async civitaiOf(model: SidecarFile, sharing: readonly SidecarFile[]): Promise<JsonObject> {
    const sidecar = await readSidecarOf(model.path, model.size, sharing);
    if (sidecar === undefined) throw this.notFound();
    const { civitai } = sidecar;
    if (!isJsonObject(civitai)) return {};
    return Object.fromEntries(ANSWERED.filter((key) => key in civitai).map((key) => [key, civitai[key]]));
  }
}
