import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { isWithoutLinks, unlinkIfThere } from './exclusive-rename.js';
import { fileAt, isExactly, statusAt } from './file-identity.js';
import type { LinkStep } from './journal-entry.js';
import { changedMeanwhile } from './move-step.js';
import { areTwins, type StepWork } from './step-work.js';

/** A file becomes another name of a file with the same bytes; the old one is kept under another name until the end. */
export class LinkWork implements StepWork {
  readonly #step: LinkStep;
  readonly #files: FileOperations;

  constructor(step: LinkStep, files: FileOperations) {
    this.#step = step;
    this.#files = files;
  }

  async prepare(): Promise<void> {}

  async act(): Promise<void> {
    const { path, to, temp, kept, file, target } = this.#step;
    if (!isExactly(file, await fileAt(path, this.#files))) throw changedMeanwhile(path);
    if (!isExactly(target, await fileAt(to, this.#files))) throw changedMeanwhile(to);
    try {
      await this.#files.link(to, temp);
    } catch (error) {
      if (isWithoutLinks(error))
        throw new ModelshelfError('conflict', 'This disk has no hard links.', { cause: error });
      throw error;
    }
    await this.#files.link(path, kept);
    await this.#files.rename(temp, path);
  }

  async isDone(): Promise<boolean> {
    const { path, to, temp } = this.#step;
    const [one, other] = [await statusAt(path, this.#files), await statusAt(to, this.#files)];
    if (one === undefined || other === undefined || !areTwins(one, other)) return false;
    return (await statusAt(temp, this.#files)) === undefined;
  }

  async undo(): Promise<boolean> {
    const { path, to, temp, kept } = this.#step;
    await unlinkIfThere(temp, this.#files);
    const waiting = await statusAt(kept, this.#files);
    if (waiting === undefined) return true;
    const [present, target] = [await statusAt(path, this.#files), await statusAt(to, this.#files)];
    if (present !== undefined && areTwins(waiting, present)) {
      await this.#files.unlink(kept);
      return true;
    }
    const isOurs = present === undefined || (target !== undefined && areTwins(present, target));
    if (isOurs) await this.#files.rename(kept, path);
    return isOurs;
  }

  finish(): Promise<void> {
    return unlinkIfThere(this.#step.kept, this.#files);
  }
}
