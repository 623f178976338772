import type { FileOperations } from '../ports/file-operations.js';
import { exclusiveRename, unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import type { CreateStep } from './journal-entry.js';
import { areTwins, type StepWork } from './step-work.js';

/** A file appears, whole. */
export class CreateWork implements StepWork {
  readonly #step: CreateStep;
  readonly #content: string | Uint8Array;
  readonly #files: FileOperations;

  constructor(step: CreateStep, content: string | Uint8Array, files: FileOperations) {
    this.#step = step;
    this.#content = content;
    this.#files = files;
  }

  prepare(): Promise<void> {
    return this.#files.writeNew(this.#step.temp, this.#content);
  }

  act(): Promise<void> {
    return exclusiveRename(this.#step.temp, this.#step.path, this.#files);
  }

  async isDone(): Promise<boolean> {
    return (await this.#isThere()) && (await statusAt(this.#step.temp, this.#files)) === undefined;
  }

  async undo(): Promise<boolean> {
    const { path, temp } = this.#step;
    const [waiting, present] = [await statusAt(temp, this.#files), await statusAt(path, this.#files)];
    // What is at the path while the file has not got it yet is somebody else's, with whatever bytes.
    const isTheirs = waiting !== undefined && present !== undefined && !areTwins(waiting, present);
    if (!isTheirs && (await this.#isThere())) await this.#files.unlink(path);
    await unlinkIfThere(temp, this.#files);
    return true;
  }

  async finish(): Promise<void> {}

  /** Known by its bytes; one with the same bytes that it was to replace is told by its number. */
  async #isThere(): Promise<boolean> {
    const { path, size, sha256, former } = this.#step;
    const status = await statusAt(path, this.#files);
    if (status?.isFile() !== true || status.size !== size || status.ino === former?.ino) return false;
    return (await this.#files.sha256(path)) === sha256;
  }
}
