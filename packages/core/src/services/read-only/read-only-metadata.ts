import { z } from 'zod';
import { projectEntry } from '../../disk/project-entry.js';
import { mergedSidecar } from '../../disk/raw-sidecar-merge.js';
import { rawSidecarOfModel } from '../../disk/raw-sidecar-of-model.js';
import type { ScanJob } from '../../disk/scan-job.js';
import { checkSidecar } from '../../disk/sidecar-file.js';
import type { RecordLog } from '../../ports/record-log.js';
import { isJsonObject, type JsonObject } from '../../shapes/json.js';
import type { ModelRoot, ScannedModel } from '../../shapes/scan.js';

/** What was edited of a model beside which nothing can be written: the members of its sidecar that would be others. */
export interface ReadOnlyRow {
  readonly sidecar: JsonObject;
}

export const readOnlyRowSchema: z.ZodType<ReadOnlyRow> = z.object({
  sidecar: z.custom<JsonObject>(isJsonObject, { error: 'expected an object' }),
});

interface ReadOnlyMetadataParts {
  /** By the path of the model. */
  readonly log: RecordLog<ReadOnlyRow>;
  readonly rootOf: (path: string) => ModelRoot | undefined;
  readonly defaults: ScanJob['defaults'];
}

/**
 * Metadata of models in folders where nothing can be written: kept as records, and laid over what the disk says whenever
 * a model is read.
 *
 * Invariant: nothing is ever written beside the model, and what was not edited stays what the disk says.
 */
export class ReadOnlyMetadata {
  readonly #parts: ReadOnlyMetadataParts;

  constructor(parts: ReadOnlyMetadataParts) {
    this.#parts = parts;
  }

  /** Paths of the models of which something is kept: rows that were stored before may know nothing of it. */
  *paths(): Iterable<string> {
    for (const [path] of this.#parts.log.entries()) yield path;
  }

  /** The members that were edited; undefined when there are none. */
  sidecarOf(path: string): JsonObject | undefined {
    return this.#parts.log.get(path)?.sidecar;
  }

  /** A model as it was read, with what was edited of it. */
  apply(model: ScannedModel): ScannedModel {
    const { entry, file } = model;
    const edited = this.sidecarOf(entry.file_path);
    const root = this.#parts.rootOf(entry.file_path);
    if (edited === undefined || root === undefined) return model;
    const checked = checkSidecar(structuredClone(mergedSidecar(rawSidecarOfModel(model), edited)));
    if (checked.kind !== 'ok') return model;
    const { autov3, preview_url: preview, sha256, hash_status } = entry;
    const { defaults } = this.#parts;
    const shown = projectEntry({
      path: entry.file_path,
      root,
      file,
      sidecar: checked.sidecar,
      preview,
      autov3,
      defaults,
    });
    // What the disk says of the file is not for anybody to edit.
    return {
      ...model,
      origin: model.origin === 'none' ? 'remembered' : model.origin,
      entry: { ...shown, sha256, hash_status },
    };
  }

  /** Keeps further edits of a model. */
  async put(path: string, updates: JsonObject): Promise<void> {
    await this.#parts.log.put(path, { sidecar: mergedSidecar(this.sidecarOf(path) ?? {}, updates) });
  }

  /** What is kept of a model goes along with it. */
  async follow({ from, to }: { readonly from: string; readonly to: string }): Promise<void> {
    const kept = this.sidecarOf(from);
    if (kept === undefined) return;
    await this.#parts.log.put(to, { sidecar: kept });
    await this.#parts.log.remove(from);
  }

  /** A sidecar was written where nothing could be written before, with all that was kept. */
  async written(path: string): Promise<void> {
    await this.forget(path);
  }

  /** The model has a sidecar that says it all, or is gone. */
  async forget(path: string): Promise<void> {
    if (this.sidecarOf(path) !== undefined) await this.#parts.log.remove(path);
  }
}
