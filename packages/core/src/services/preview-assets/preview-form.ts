import { ModelshelfError } from '../../errors.js';
import type { Part } from '../../ports/call.js';
import { IncomingFile, type IncomingLimits } from './incoming-file.js';

/** What the multipart body of an upload says. */
export interface PreviewForm {
  readonly modelPath: string;
  readonly nsfwLevel: number;
  readonly file: IncomingFile;
}

/** How a form is received. */
export interface PreviewFormOptions extends IncomingLimits {
  /** Throws for a model that has no preview to be replaced: before its file is received, when the form names it first. */
  readonly checkModel: (modelPath: string) => void;
}

/**
 * Receives `preview_file`, `model_path` and `nsfw_level`, in any order; other parts are stepped over. The caller discards
 * the file.
 *
 * Invariant: a form that is refused leaves no file behind.
 */
export async function receivePreviewForm(
  parts: AsyncIterable<Part>,
  options: PreviewFormOptions,
): Promise<PreviewForm> {
  let modelPath: string | undefined;
  let nsfwLevel = 0;
  let file: IncomingFile | undefined;
  try {
    for await (const part of parts) {
      if (part.name === 'preview_file') {
        if (part.kind !== 'file') throw invalid('preview_file: expected a file');
        if (file !== undefined) throw invalid('preview_file: is there twice');
        file = await IncomingFile.receive(part.stream, options);
      } else if (part.name === 'model_path') {
        modelPath = textOf(part);
        if (modelPath === '') throw invalid('model_path: is required');
        options.checkModel(modelPath);
      } else if (part.name === 'nsfw_level') {
        nsfwLevel = levelOf(textOf(part));
      }
    }
    if (file === undefined) throw invalid('preview_file: is required');
    if (modelPath === undefined) throw invalid('model_path: is required');
    return { modelPath, nsfwLevel, file };
  } catch (error) {
    await file?.discard();
    throw error;
  }
}

const invalid = (message: string): ModelshelfError => new ModelshelfError('validation_failed', message);

function textOf(part: Part): string {
  if (part.kind !== 'field') throw invalid(`${part.name}: expected text`);
  return part.value;
}

/** Clients send all sorts of things here: what is no level is 0, as the wire format has it. */
function levelOf(text: string): number {
  const level = /^\s*\+?\d+\s*$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(level) ? level : 0;
}
