import { z } from 'zod';
import type { KeptMetadata } from '../../catalog/enter-models.js';
import type { ModelMove } from '../../catalog/moves/model-moves.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { projectEntry } from '../../disk/project-entry.js';
import { readRawSidecar } from '../../disk/raw-sidecar.js';
import { mergedSidecar, saysTheSame } from '../../disk/raw-sidecar-merge.js';
import { rawSidecarOfModel } from '../../disk/raw-sidecar-of-model.js';
import type { ScanJob } from '../../disk/scan-job.js';
import { checkSidecar, sidecarPathOf } from '../../disk/sidecar-file.js';
import { nodeFileOperations, type FileOperations } from '../../ports/file-operations.js';
import { silentLogger, type Logger } from '../../ports/logger.js';
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
  readonly files?: FileOperations | undefined;
  readonly logger?: Logger | undefined;
}

/**
 * Metadata of models in folders where nothing can be written: kept as records, and laid over what the disk says whenever
 * a model is read.
 *
 * Invariant: nothing is ever written beside the model, and what was not edited stays what the disk says.
 */
export class ReadOnlyMetadata implements KeptMetadata {
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

  /** Keeps further edits of a model; what cannot be written does not hold either. */
  async put(path: string, updates: JsonObject): Promise<void> {
    const { log } = this.#parts;
    const before = log.get(path);
    try {
      await log.put(path, { sidecar: mergedSidecar(before?.sidecar ?? {}, updates) });
    } catch (error) {
      await (before === undefined ? log.remove(path) : log.put(path, before)).catch(() => undefined);
      throw toMutationError(error, path);
    }
  }

  /** The model has another path now: what is kept of it goes along. */
  async follow({ from, to }: ModelMove): Promise<void> {
    const { log } = this.#parts;
    const row = log.get(from);
    if (row === undefined) {
      // What is kept of the path was of another model, which is gone.
      if (log.get(to) !== undefined) await this.#attempt(log.remove(to));
      return;
    }
    await this.#attempt(log.put(to, row));
    await this.#attempt(log.remove(from));
  }

  /** Somebody else moved the model: what is kept of it goes along, below what was edited at its new path already. */
  async rejoin({ from, to }: ModelMove): Promise<void> {
    const { log } = this.#parts;
    const row = log.get(from);
    if (row === undefined) return;
    const newer = log.get(to);
    const both = newer === undefined ? row : { sidecar: mergedSidecar(row.sidecar, newer.sidecar) };
    await this.#attempt(log.put(to, both));
    await this.#attempt(log.remove(from));
  }

  /** Its sidecar was written: what it says now need not be kept any more. */
  async written(path: string): Promise<void> {
    const { log, files = nodeFileOperations } = this.#parts;
    const kept = log.get(path)?.sidecar;
    if (kept === undefined) return;
    // Somebody else may have written it, while what was edited here could not be.
    const raw = await readRawSidecar(sidecarPathOf(path), files).catch(() => undefined);
    if (raw !== undefined && saysTheSame(raw.value, mergedSidecar(raw.value, kept))) {
      await this.#attempt(log.remove(path));
    }
  }

  /** What cannot be kept still holds in this process. */
  async #attempt(keeping: Promise<void>): Promise<void> {
    try {
      await keeping;
    } catch (error) {
      (this.#parts.logger ?? silentLogger).error('What was edited of a model could not be kept.', { error });
    }
  }
}
