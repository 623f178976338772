import { createHash } from 'node:crypto';
import type { FileOperations } from '../ports/file-operations.js';
import { isWithoutLinks, unlinkIfThere } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import type { RewriteStep } from './journal-entry.js';
import { changedMeanwhile } from './move-step.js';
import type { StepWork } from './step-work.js';

/** SHA-256 in lower-case hexadecimal. */
export const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** A text file gets another content; the old file is kept under another name until the end, so that undoing needs no space. */
export class RewriteWork implements StepWork {
  readonly #step: RewriteStep;
  readonly #content: string | Uint8Array;
  readonly #files: FileOperations;

  constructor(step: RewriteStep, content: string | Uint8Array, files: FileOperations) {
    this.#step = step;
    this.#content = content;
    this.#files = files;
  }

  prepare(): Promise<void> {
    return this.#files.writeNew(this.#step.temp, this.#content);
  }

  async act(): Promise<void> {
    const { path, temp, kept, before } = this.#step;
    if ((await this.#files.readFile(path)).toString('base64') !== before) throw changedMeanwhile(path);
    try {
      await this.#files.link(path, kept);
    } catch (error) {
      // The journal holds the old bytes, too.
      if (!isWithoutLinks(error)) throw error;
    }
    await this.#files.rename(temp, path);
  }

  async isDone(): Promise<boolean> {
    const present = await this.#read();
    if (present === undefined || sha256Of(present) !== this.#step.after) return false;
    return (await statusAt(this.#step.temp, this.#files)) === undefined;
  }

  async undo(): Promise<boolean> {
    const { path, temp, kept, after } = this.#step;
    await unlinkIfThere(temp, this.#files);
    const present = await this.#read();
    // What somebody else has written since stays, and so does a file that they removed.
    if (present !== undefined && sha256Of(present) === after) await this.#putBack(path, kept);
    await unlinkIfThere(kept, this.#files);
    return true;
  }

  finish(): Promise<void> {
    return unlinkIfThere(this.#step.kept, this.#files);
  }

  async #putBack(path: string, kept: string): Promise<void> {
    const { before, beforeMtimeMs, temp } = this.#step;
    if ((await statusAt(kept, this.#files)) === undefined) {
      await this.#files.writeNew(temp, Buffer.from(before, 'base64'));
      const modified = new Date(beforeMtimeMs);
      await this.#files.utimes(temp, modified, modified);
      await this.#files.rename(temp, path);
    } else {
      await this.#files.rename(kept, path);
    }
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      return await this.#files.readFile(this.#step.path);
    } catch (error) {
      if (fsErrorCode(error) === 'ENOENT' || fsErrorCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }
}
