import { nameOf, stemOf } from '../../disk/normalise-path.js';
import { rawSidecarOf } from '../../disk/raw-sidecar.js';
import { mergedSidecar } from '../../disk/raw-sidecar-merge.js';
import { readSidecarFile, readSidecarOf, type FoundSidecar } from '../../disk/read-sidecar.js';
import { checkSidecar } from '../../disk/sidecar-file.js';
import { ModelshelfError } from '../../errors.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';
import type { MetadataOrigin } from '../../shapes/scan.js';

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

/** Knows the sidecars that models left behind where they were before. */
export interface LeftSidecars {
  sidecarPathOf(path: string): string | undefined;
}

/** Knows what was edited of models beside which nothing can be written. */
export interface KeptSidecars {
  sidecarOf(path: string): JsonObject | undefined;
}

/** What is known of the remote version of a model, and which file says it. */
export interface ModelMetadata {
  readonly civitai: JsonObject;
  readonly source: MetadataOrigin;
}

/** Reads what the sidecar of a model says, from disk and without side effects. */
export class ModelMetadataReader {
  readonly #label: string;
  readonly #left: LeftSidecars;
  readonly #kept: KeptSidecars;

  /** @param typeLabel The model type as messages spell it. */
  constructor(
    typeLabel: string,
    left: LeftSidecars = { sidecarPathOf: () => undefined },
    kept: KeptSidecars = { sidecarOf: () => undefined },
  ) {
    this.#label = typeLabel;
    this.#left = left;
    this.#kept = kept;
  }

  /** What is answered for a model that the library does not hold, or that has no sidecar. */
  notFound(): ModelshelfError {
    return new ModelshelfError('not_found', `${this.#label} not found or no CivitAI metadata available`);
  }

  /** The same where a description was asked for. */
  noDescription(): ModelshelfError {
    return new ModelshelfError('not_found', `${this.#label} not found or no description available`);
  }

  /**
   * The remote version object of a model, restricted to known members, as a scan would read it now; throws `not_found`
   * without a sidecar.
   *
   * @param sharing The other models of the same folder and stem: a sidecar belongs to one of them only.
   */
  async civitaiOf(model: SidecarFile, sharing: readonly SidecarFile[]): Promise<ModelMetadata> {
    const found = await this.#read(model, sharing);
    if (found === undefined) throw this.notFound();
    const { civitai } = found.sidecar;
    if (!isJsonObject(civitai)) return { civitai: {}, source: found.origin };
    const members = ANSWERED.filter((key) => key in civitai).map((key): [string, JsonObject[string]] => [
      key,
      civitai[key],
    ]);
    return { civitai: Object.fromEntries(members), source: found.origin };
  }

  /** The description of a model, which may be empty; throws `not_found` without a sidecar. */
  async descriptionOf(model: SidecarFile, sharing: readonly SidecarFile[]): Promise<string> {
    const found = await this.#read(model, sharing);
    if (found === undefined) throw this.noDescription();
    return found.sidecar.modelDescription;
  }

  /** What the disk says, with what was edited where nothing can be written. */
  async #read(model: SidecarFile, sharing: readonly SidecarFile[]): Promise<FoundSidecar | undefined> {
    const found = await this.#readDisk(model, sharing);
    const edited = this.#kept.sidecarOf(model.path);
    if (edited === undefined) return found;
    const stem = stemOf(nameOf(model.path));
    const nothing = { file_name: stem, model_name: stem, file_path: model.path, size: 0, modified: 0, sha256: '' };
    const checked = checkSidecar(mergedSidecar(rawSidecarOf(found?.sidecar ?? nothing), structuredClone(edited)));
    return checked.kind === 'ok' ? { sidecar: checked.sidecar, origin: found?.origin ?? 'remembered' } : found;
  }

  /** What lies beside the model; of what it left behind elsewhere only when it has no sidecar of its own. */
  async #readDisk(model: SidecarFile, sharing: readonly SidecarFile[]): Promise<FoundSidecar | undefined> {
    const beside = await readSidecarOf(model.path, model.size, sharing);
    if (beside === 'unusable') return undefined;
    const left = beside?.origin === 'sidecar' ? undefined : this.#left.sidecarPathOf(model.path);
    if (left === undefined) return beside;
    const sidecar = await readSidecarFile(left);
    return sidecar === null || sidecar === 'unusable' ? beside : { sidecar, origin: 'remembered' };
  }
}
