import { assertReadable, sidecarText } from '../../disk/raw-sidecar.js';
import type { SidecarDrafts } from '../../disk/sidecar-draft.js';
import { isModelshelfError, ModelshelfError } from '../../errors.js';
import type { Part } from '../../ports/call.js';
import type { ImageFile, ImageOptimizer } from '../../ports/image-optimizer.js';
import type { Outbound } from '../../ports/outbound.js';
import type { ModelMutations } from '../model-mutations.js';
import { imageUrlOf } from './image-url.js';
import { IncomingFile } from './incoming-file.js';
import { DEFAULT_PREVIEW_LIMITS, PictureIntake, type PreviewLimits } from './picture-intake.js';
import { planPreview, previewPathOf } from './plan-preview.js';
import { receivePreviewForm } from './preview-form.js';
import { Slots } from './slots.js';

/** What the previews of one model type are replaced with. */
export interface PreviewReplacementParts {
  readonly mutations: Pick<
    ModelMutations,
    'modelType' | 'require' | 'isReadOnly' | 'whileLocked' | 'companionsOf' | 'run' | 'commit'
  >;
  readonly drafts: SidecarDrafts;
  readonly optimizer: ImageOptimizer;
  readonly outbound: Outbound;
  /** Bytes that a preview may have: 32 MiB of a picture, 64 MiB of a video. */
  readonly limits?: Partial<PreviewLimits> | undefined;
  /** Where files are kept while they arrive; the system's folder for temporary files when left out. */
  readonly uploadFolder?: string | undefined;
  /** Milliseconds that a download may take: 30,000. */
  readonly downloadMs?: number | undefined;
}

/** A preview that a URL leads to. */
export interface PreviewSource {
  readonly modelPath: string;
  readonly imageUrl: string;
  readonly nsfwLevel: number;
}

/** The preview that the catalog knows of a model now. */
export interface ReplacedPreview {
  readonly path: string;
  readonly nsfwLevel: number;
}

/** Previews that are in memory at a time, whatever number of them arrives. */
const IN_MEMORY = 2;

/**
 * Gives models other previews.
 *
 * Invariant: a preview that is refused, cannot be decoded or cannot be written changes neither the old preview nor the
 * sidecar nor the catalog.
 */
export class PreviewReplacementService {
  readonly #parts: PreviewReplacementParts;
  readonly #intake: PictureIntake;
  readonly #limits: PreviewLimits;
  readonly #slots = new Slots(IN_MEMORY);

  constructor(parts: PreviewReplacementParts) {
    this.#parts = parts;
    this.#limits = { ...DEFAULT_PREVIEW_LIMITS, ...parts.limits };
    this.#intake = new PictureIntake({ optimizer: parts.optimizer, limits: this.#limits, folder: parts.uploadFolder });
  }

  /** By the parts of a multipart body. */
  async replaceByUpload(parts: AsyncIterable<Part>, signal: AbortSignal): Promise<ReplacedPreview> {
    const checkModel = (modelPath: string): void => this.#assertReplaceable(modelPath);
    const form = await receivePreviewForm(parts, { ...this.#intake.receiving, checkModel });
    try {
      return await this.#replace(form.modelPath, form.nsfwLevel, form.file, signal);
    } finally {
      await form.file.discard();
    }
  }

  /** By what a URL leads to. Throws `provider_failed` when it cannot be downloaded. */
  async replaceByUrl({ modelPath, imageUrl, nsfwLevel }: PreviewSource, signal: AbortSignal): Promise<ReplacedPreview> {
    this.#assertReplaceable(modelPath);
    const file = await this.#download(imageUrl, signal);
    try {
      return await this.#replace(modelPath, nsfwLevel, file, signal);
    } finally {
      await file.discard();
    }
  }

  /** Before anything is received for nothing. */
  #assertReplaceable(modelPath: string): void {
    const { mutations } = this.#parts;
    const { entry } = mutations.require(modelPath);
    if (!mutations.isReadOnly(entry.file_path)) return;
    throw new ModelshelfError('read_only', 'The folder is read-only: its files cannot be changed.');
  }

  async #download(imageUrl: string, signal: AbortSignal): Promise<IncomingFile> {
    const { outbound, downloadMs = 30_000 } = this.#parts;
    const maxBytes = Math.max(this.#limits.image, this.#limits.video);
    const options = { maxBytes, timeoutMs: downloadMs, accept: 'image/*,video/*;q=0.9', signal };
    try {
      const { body } = await outbound.fetch(imageUrlOf(imageUrl), options);
      return await IncomingFile.receive(body, this.#intake.receiving);
    } catch (error) {
      if (!isModelshelfError(error) || error.code !== 'provider_failed') throw error;
      throw new ModelshelfError('provider_failed', `Failed to download image: ${error.message}`, { cause: error });
    }
  }

  #replace(modelPath: string, level: number, file: IncomingFile, signal: AbortSignal): Promise<ReplacedPreview> {
    const { mutations } = this.#parts;
    return this.#slots.run(async () => {
      const image = await this.#intake.take(file);
      const { entry } = mutations.require(modelPath);
      return mutations.whileLocked([entry.file_path], () => this.#exchange(modelPath, level, image, signal));
    });
  }

  async #exchange(modelPath: string, level: number, image: ImageFile, signal: AbortSignal): Promise<ReplacedPreview> {
    const { mutations, drafts } = this.#parts;
    const record = mutations.require(modelPath);
    const model = record.entry.file_path;
    const draft = await drafts.draft(record);
    const companions = await mutations.companionsOf(model);
    const path = previewPathOf(companions, image);
    const sidecar = sidecarText({ ...draft.value, preview_url: path, preview_nsfw_level: level }, draft.before);
    assertReadable(sidecar);
    await mutations.run(planPreview(companions, { path, image, draft, sidecar }), { signal });
    const rows = await mutations.commit({ touched: [model] });
    const row = rows.find(({ entry }) => entry.file_path === model);
    if (row === undefined) throw new ModelshelfError('not_found', `${mutations.modelType.label} not found in cache`);
    return { path: row.entry.preview_url, nsfwLevel: row.entry.preview_nsfw_level };
  }
}
