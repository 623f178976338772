import type { Stats } from 'node:fs';
import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { exclusiveRename, renameIfFree, unlinkIfThere } from './exclusive-rename.js';
import { fileAt, identityOfStatus, inTheWay, isExactly, isLikely, statusAt } from './file-identity.js';
import { fsErrorCode } from './fs-error.js';
import type { MoveStep } from './journal-entry.js';
import { folderOf, nameOf } from './normalise-path.js';
import { areTwins, giveBack, type StepWork } from './step-work.js';

/** Tells whether two paths name one file on systems where case or Unicode form do not count. */
export function differsInSpellingOnly(from: string, to: string): boolean {
  const folded = (path: string): string => path.normalize('NFC').toLowerCase();
  return from !== to && folderOf(from) === folderOf(to) && folded(from) === folded(to);
}

/** A file gets another path; to another device it is copied, and the source kept under another name until the end. */
export class MoveWork implements StepWork {
  readonly #step: MoveStep;
  readonly #files: FileOperations;
  /** The copy that this process made: no need to compare digests to know it. */
  #copy: Stats | undefined;
  readonly #isRespelt: boolean;

  constructor(step: MoveStep, files: FileOperations) {
    this.#step = step;
    this.#files = files;
    this.#isRespelt = differsInSpellingOnly(step.from, step.to);
  }

  async prepare(): Promise<void> {}

  async act(): Promise<void> {
    const { from, to, file } = this.#step;
    const source = await fileAt(from, this.#files);
    if (!isExactly(file, identityOfStatus(source))) throw changedMeanwhile(from);
    if (this.#isRespelt) return this.#respell(source);
    try {
      await exclusiveRename(from, to, this.#files);
    } catch (error) {
      if (fsErrorCode(error) !== 'EXDEV') throw error;
      await this.#copyOver(source);
    }
  }

  async isDone(): Promise<boolean> {
    const { from, to, gone, file } = this.#step;
    if (this.#isRespelt) return (await this.#spelling()) === nameOf(to);
    const [source, target, kept] = [await this.#at(from), await this.#at(to), await this.#at(gone)];
    if (target === undefined || this.#isFormer(target)) return false;
    if (kept !== undefined) return target.size === kept.size && (await this.#haveSameBytes(to, gone));
    return isLikely(file, target) && (source === undefined || !isExactly(file, source));
  }

  async undo(): Promise<boolean> {
    const { from, to, gone, temp, file } = this.#step;
    if (!(await giveBack(gone, from, this.#files))) return false;
    await unlinkIfThere(temp, this.#files);
    if (this.#isRespelt) return this.#undoRespelling();
    const [source, target] = [await this.#at(from), await this.#at(to)];
    const isElsewhere = target !== undefined && isExactly(file, target);
    const isBack = source !== undefined && (isExactly(file, source) || (!isElsewhere && isLikely(file, source)));
    if (target === undefined || this.#isFormer(target)) return isBack;
    if (isBack) {
      if (await this.#isOurs(source, target)) await this.#files.unlink(to);
      return true;
    }
    if (source !== undefined || !isLikely(file, target)) return false;
    await exclusiveRename(to, from, this.#files);
    return true;
  }

  async finish(): Promise<void> {
    await unlinkIfThere(this.#step.gone, this.#files);
  }

  #at(path: string): Promise<Stats | undefined> {
    return statusAt(path, this.#files);
  }

  #isFormer(target: Stats): boolean {
    return this.#step.former !== undefined && target.ino === this.#step.former.ino;
  }

  /** A plain rename: of a name that differs in case only, a system may say that the target exists, because it is the source. */
  async #respell(source: Stats): Promise<void> {
    const { from, to } = this.#step;
    const target = await this.#at(to);
    if (target === undefined) return renameIfFree(from, to, this.#files);
    const names = await this.#files.readdir(folderOf(from));
    const isSame = target.ino === source.ino && target.dev === source.dev;
    if (!isSame || (names.includes(nameOf(from)) && names.includes(nameOf(to)))) throw inTheWay(to);
    await this.#files.rename(from, to);
  }

  /** The name that the file has now, of the two. */
  async #spelling(): Promise<string | undefined> {
    const names = await this.#files.readdir(folderOf(this.#step.from));
    return [this.#step.from, this.#step.to].map(nameOf).find((name) => names.includes(name));
  }

  async #undoRespelling(): Promise<boolean> {
    const { from, to, file } = this.#step;
    const spelling = await this.#spelling();
    if (spelling === nameOf(from)) return true;
    const target = await this.#at(to);
    if (spelling === undefined || target === undefined || !isLikely(file, target)) return false;
    await this.#files.rename(to, from);
    return true;
  }

  /** Nothing appears under the target's name before every byte of it is on disk and compared. */
  async #copyOver(source: Stats): Promise<void> {
    const { from, to, temp, gone, file } = this.#step;
    const files = this.#files;
    await files.copyNew(from, temp);
    await files.utimes(temp, source.atime, source.mtime);
    await files.sync(temp);
    const copy = await fileAt(temp, files);
    if (copy.size !== source.size || !(await this.#haveSameBytes(from, temp))) {
      throw new ModelshelfError('storage_unavailable', `The copy of "${nameOf(from)}" differs from it.`);
    }
    if (!isExactly(file, identityOfStatus(await fileAt(from, files)))) throw changedMeanwhile(from);
    this.#copy = copy;
    await exclusiveRename(temp, to, files);
    // What cannot be removed at its old place must not look moved: that is found out while all can still be undone.
    await files.rename(from, gone);
  }

  async #haveSameBytes(one: string, other: string): Promise<boolean> {
    return (await this.#files.sha256(one)) === (await this.#files.sha256(other));
  }

  /** Tells a file that this step put at the target from one that somebody else did, while the source is at its place. */
  async #isOurs(source: Stats, target: Stats): Promise<boolean> {
    if (areTwins(source, target)) return true;
    if (this.#copy !== undefined) return target.ino === this.#copy.ino && target.size === this.#copy.size;
    // A copy has the time of its source.
    const mayBeCopy = isLikely(identityOfStatus(source), identityOfStatus(target));
    return mayBeCopy && (await this.#haveSameBytes(this.#step.from, this.#step.to));
  }
}

/** Says that somebody else changed a file after the plan was made. */
export const changedMeanwhile = (path: string): ModelshelfError =>
  new ModelshelfError('conflict', `"${nameOf(path)}" was changed by another program meanwhile.`);
