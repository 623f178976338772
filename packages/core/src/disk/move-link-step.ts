import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { inTheWay, statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import type { MoveStep } from './journal-entry.js';
import { nameOf } from './normalise-path.js';
import type { StepWork } from './step-work.js';

/** A link gets another path and leads where it led before; what it leads to stays where it is. */
export class MoveLinkWork implements StepWork {
  readonly #from: string;
  readonly #to: string;
  readonly #was: string;
  readonly #becomes: string;
  readonly #files: FileOperations;

  constructor({ from, to }: MoveStep, { was, becomes }: { was: string; becomes: string }, files: FileOperations) {
    this.#from = from;
    this.#to = to;
    this.#was = was;
    this.#becomes = becomes;
    this.#files = files;
  }

  async prepare(): Promise<void> {}

  async act(): Promise<void> {
    if ((await this.#leadsTo(this.#from)) !== this.#was) {
      throw new ModelshelfError('conflict', `"${nameOf(this.#from)}" was changed by another program meanwhile.`);
    }
    // Made anew, because there is no rename that refuses an occupied target, and not every system can link to a link.
    await this.#make(this.#becomes, this.#to);
    await this.#files.unlink(this.#from);
  }

  async isDone(): Promise<boolean> {
    return (await this.#leadsTo(this.#to)) === this.#becomes && (await this.#leadsTo(this.#from)) !== this.#was;
  }

  async undo(): Promise<boolean> {
    const isBack = (await this.#leadsTo(this.#from)) === this.#was;
    if ((await this.#leadsTo(this.#to)) !== this.#becomes) return isBack;
    if (!isBack) {
      if ((await statusAt(this.#from, this.#files)) !== undefined) return false;
      await this.#make(this.#was, this.#from);
    }
    await this.#files.unlink(this.#to);
    return true;
  }

  async finish(): Promise<void> {}

  async #make(target: string, path: string): Promise<void> {
    try {
      await this.#files.symlink(target, path);
    } catch (error) {
      throw fsErrorCode(error) === 'EEXIST' ? inTheWay(path) : error;
    }
  }

  async #leadsTo(path: string): Promise<string | undefined> {
    const status = await statusAt(path, this.#files);
    return status?.isSymbolicLink() === true ? this.#files.readlink(path) : undefined;
  }
}
