import type { FileOperations } from '../ports/file-operations.js';
import { unlinkIfThere } from './exclusive-rename.js';
import { fileAt, isExactly, statusAt } from './file-identity.js';
import type { DiscardStep } from './journal-entry.js';
import { changedMeanwhile } from './move-step.js';
import { giveBack, type StepWork } from './step-work.js';

/** A file goes: at first under another name in its folder, so that it can come back, and at the end altogether. */
export class DiscardWork implements StepWork {
  readonly #step: DiscardStep;
  readonly #files: FileOperations;

  constructor(step: DiscardStep, files: FileOperations) {
    this.#step = step;
    this.#files = files;
  }

  async prepare(): Promise<void> {}

  async act(): Promise<void> {
    const { path, gone, file } = this.#step;
    if (!isExactly(file, await fileAt(path, this.#files))) throw changedMeanwhile(path);
    await this.#files.rename(path, gone);
  }

  async isDone(): Promise<boolean> {
    const { path, gone, file } = this.#step;
    if ((await statusAt(gone, this.#files)) === undefined) return false;
    const present = await statusAt(path, this.#files);
    return present === undefined || !isExactly(file, present);
  }

  undo(): Promise<boolean> {
    return giveBack(this.#step.gone, this.#step.path, this.#files);
  }

  finish(): Promise<void> {
    return unlinkIfThere(this.#step.gone, this.#files);
  }
}
