import type { ModelCatalog } from '../../catalog/model-catalog.js';
import { fsErrorCode } from '../../disk/fs-error.js';
import { toMutationError } from '../../disk/mutation-error.js';
import { folderOf } from '../../disk/normalise-path.js';
import {
  assertReadable,
  rawSidecarOf,
  readRawSidecar,
  sidecarText,
  sidecarUnusable,
  type RawSidecar,
} from '../../disk/raw-sidecar.js';
import { mergedSidecar, saysTheSame, sidecarUpdates } from '../../disk/raw-sidecar-merge.js';
import { rawSidecarOfModel } from '../../disk/raw-sidecar-of-model.js';
import { isSidecarOf, readSidecarOf } from '../../disk/read-sidecar.js';
import type { SidecarDraft, SidecarDrafts } from '../../disk/sidecar-draft.js';
import { checkSidecar, sidecarPathOf } from '../../disk/sidecar-file.js';
import { writeSidecar } from '../../disk/sidecar-writer.js';
import { lacksInfo } from '../../disk/civitai-info-file.js';
import { isModelshelfError, ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import type { JsonObject } from '../../shapes/json.js';
import type { ScannedModel } from '../../shapes/scan.js';

/** Metadata of models beside which nothing can be written. */
export interface KeptEdits {
  sidecarOf(path: string): JsonObject | undefined;
  put(path: string, updates: JsonObject): Promise<void>;
}

interface SidecarEditorParts {
  readonly files: FileOperations;
  /** The listed and the excluded models: those of one folder and stem share a sidecar's name. */
  readonly catalogs: readonly Pick<ModelCatalog, 'findByStem'>[];
  /** Knows the sidecars that models left behind where they were before. */
  readonly left: { sidecarPathOf(path: string): string | undefined };
  readonly kept: KeptEdits;
  readonly isReadOnly: (path: string) => boolean;
  /** The folder of a model's root that is swept of what a crash leaves. */
  readonly asideOf?: (path: string) => string | undefined;
}

/** What an edit made of a sidecar. */
export interface SidecarEdit {
  readonly value: JsonObject;
  /** False when it said the same before: then nothing was written. */
  readonly changed: boolean;
}

/** Members without which a scan, here or in another program, refuses a sidecar. */
const REQUIRED = ['file_name', 'model_name', 'file_path', 'size', 'modified', 'sha256', 'base_model', 'preview_url'];

/** How often an edit begins again because another program wrote the sidecar meanwhile. */
const ATTEMPTS = 5;

/**
 * Edits sidecars. To be called while the model is locked.
 *
 * Invariant: unknown sidecar keys survive every write route; a sidecar that cannot be used is never written over.
 */
export class SidecarEditor implements SidecarDrafts {
  readonly #parts: SidecarEditorParts;

  constructor(parts: SidecarEditorParts) {
    this.#parts = parts;
  }

  async draft(model: ScannedModel): Promise<SidecarDraft> {
    const path = sidecarPathOf(model.entry.file_path);
    const raw = await readRawSidecar(path, this.#parts.files);
    const value = raw === undefined ? await this.#hydrated(model) : await this.#completed(model, path, raw);
    const edited = this.#parts.kept.sidecarOf(model.entry.file_path);
    return { path, before: raw?.text, value: edited === undefined ? value : mergedSidecar(value, edited) };
  }

  /** Exchanges what the sidecar of a model says, and writes it unless it says the same; the mutation itself is pure. */
  async edit(model: ScannedModel, mutate: (value: JsonObject) => JsonObject): Promise<SidecarEdit> {
    await this.#checkPresence(model.entry.file_path);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const draft = await this.draft(model);
      const value = mutate(draft.value);
      if (saysTheSame(draft.value, value)) return { value, changed: false };
      const content = sidecarText(value, draft.before);
      assertReadable(content);
      if ((await this.#store(model, draft, value, content)) === 'written') return { value, changed: true };
    }
    throw new ModelshelfError('conflict', 'Another program keeps changing the sidecar; nothing was changed.');
  }

  /** Beside a model that is gone no sidecar is made: it would be that of the next file of this name. */
  async #checkPresence(path: string): Promise<void> {
    try {
      await this.#parts.files.stat(path);
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT') throw new ModelshelfError('not_found', 'Model file does not exist');
      throw toMutationError(error, path);
    }
  }

  async #store(
    { entry }: ScannedModel,
    { path, before, value: old }: SidecarDraft,
    value: JsonObject,
    content: string,
  ): Promise<'written' | 'changed'> {
    const { kept, isReadOnly, files, asideOf } = this.#parts;
    const keep = async (): Promise<'written'> => {
      await kept.put(entry.file_path, sidecarUpdates(old, value));
      return 'written';
    };
    if (isReadOnly(entry.file_path)) return keep();
    // Until the sidecar is known to say it all, what is kept is laid over it: it must not be older.
    if (kept.sidecarOf(entry.file_path) !== undefined) await keep();
    try {
      return await writeSidecar({ path, before, content, aside: asideOf?.(path) }, files);
    } catch (error) {
      if (isModelshelfError(error) && (error.code === 'read_only' || error.code === 'access_denied')) return keep();
      throw error;
    }
  }

  /** A sidecar of its own, as it is, with what has to be in it and what another tool's file adds. */
  async #completed(model: ScannedModel, path: string, { value }: RawSidecar): Promise<JsonObject> {
    const facts = rawSidecarOfModel(model);
    const missing = REQUIRED.filter((key) => value[key] === undefined);
    const whole: JsonObject = { ...value, ...Object.fromEntries(missing.map((key) => [key, facts[key]])) };
    const checked = checkSidecar(structuredClone(whole));
    if (checked.kind !== 'ok') throw sidecarUnusable(path, checked.message);
    const sharing = this.#sharing(model);
    if (sharing.length > 0 && !isSidecarOf(model.entry.file_path, model.file.size, sharing, checked.sidecar)) {
      throw new ModelshelfError('conflict', 'The sidecar is about another model of the same folder and name.');
    }
    const { file_path, file_name } = model.entry;
    const added = lacksInfo(checked.sidecar) ? await this.#infoOf(model, sharing) : {};
    return { ...whole, file_path, file_name, ...added };
  }

  /** What another tool's file adds to a sidecar; once it is in it, it can be edited. */
  async #infoOf(model: ScannedModel, sharing: readonly SharingFile[]): Promise<JsonObject> {
    const found = await readSidecarOf(model.entry.file_path, model.file.size, sharing);
    if (found === undefined || found === 'unusable' || lacksInfo(found.sidecar)) return {};
    const { civitai, tags, modelDescription } = rawSidecarOf(found.sidecar);
    return { civitai, tags, modelDescription };
  }

  /** What the sidecar that was left behind says, or another tool's file, and what the row shows. */
  async #hydrated(model: ScannedModel): Promise<JsonObject> {
    const left = this.#parts.left.sidecarPathOf(model.entry.file_path);
    if (left !== undefined) {
      // It is only looked at: where it cannot be read, the row still knows what is shown.
      const raw = await readRawSidecar(left, this.#parts.files).catch(() => undefined);
      return rawSidecarOfModel(model, raw?.value);
    }
    const found = await readSidecarOf(model.entry.file_path, model.file.size, this.#sharing(model));
    return rawSidecarOfModel(model, found === undefined || found === 'unusable' ? {} : rawSidecarOf(found.sidecar));
  }

  #sharing({ entry }: ScannedModel): SharingFile[] {
    const folder = folderOf(entry.file_path);
    return this.#parts.catalogs
      .flatMap((catalog) => catalog.findByStem(entry.file_name))
      .filter((other) => other.entry.file_path !== entry.file_path && folderOf(other.entry.file_path) === folder)
      .map((other) => ({ path: other.entry.file_path, size: other.file.size }));
  }
}

interface SharingFile {
  readonly path: string;
  readonly size: number;
}
