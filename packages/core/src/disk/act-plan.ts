import { ModelshelfError } from '../errors.js';
import type { FileOperations } from '../ports/file-operations.js';
import { CreateWork } from './create-step.js';
import { DiscardWork } from './discard-step.js';
import { pathsOfStep, type JournalEntry, type JournalStep } from './journal-entry.js';
import { LinkWork } from './link-step.js';
import { MoveLinkWork } from './move-link-step.js';
import { MoveWork } from './move-step.js';
import { folderOf } from './normalise-path.js';
import { flushFolders, makeOneFolder, removeEmpty } from './plan-folders.js';
import { RewriteWork } from './rewrite-step.js';
import type { StepWork } from './step-work.js';

/** What is to be written by the steps that write; empty for an entry that another process left. */
export type StepContents = ReadonlyMap<JournalStep, string | Uint8Array>;

const NO_CONTENTS: StepContents = new Map();

function workOf(step: JournalStep, contents: StepContents, files: FileOperations): StepWork {
  switch (step.do) {
    case 'move':
      return step.link === undefined ? new MoveWork(step, files) : new MoveLinkWork(step, step.link, files);
    case 'discard':
      return new DiscardWork(step, files);
    case 'create':
      return new CreateWork(step, contents.get(step) ?? '', files);
    case 'rewrite':
      return new RewriteWork(step, contents.get(step) ?? '', files);
    case 'link':
      return new LinkWork(step, files);
  }
}

/** A plan whose entry is in the journal. */
export class JournaledPlan {
  readonly entry: JournalEntry;
  readonly #files: FileOperations;
  readonly #works: readonly StepWork[];

  constructor(entry: JournalEntry, files: FileOperations, contents = NO_CONTENTS) {
    this.entry = entry;
    this.#files = files;
    this.#works = entry.steps.map((step) => workOf(step, contents, files));
  }

  /** Does everything that can be undone; when it resolves all of it is on disk. */
  async act(signal?: AbortSignal): Promise<void> {
    const checkpoint = (): void => {
      if (signal?.aborted === true) throw new ModelshelfError('cancelled', 'The change was cancelled.');
    };
    for (const folder of this.entry.folders) await makeOneFolder(folder, this.#files);
    for (const work of this.#works) {
      checkpoint();
      await work.prepare();
    }
    for (const work of this.#works) {
      checkpoint();
      await work.act();
    }
    checkpoint();
    await this.#flush();
  }

  async isComplete(): Promise<boolean> {
    for (const work of this.#works) if (!(await work.isDone())) return false;
    return true;
  }

  /**
   * Takes everything back, the last step first; false when a step could not be. One that fails stops only those before it
   * that are about the same files: they can be taken back from where it would have left them, and nowhere else.
   */
  async undo(): Promise<boolean> {
    const failures: unknown[] = [];
    const held = new Set<string>();
    let isUndone = true;
    for (const [at, step] of [...this.entry.steps.entries()].toReversed()) {
      const paths = pathsOfStep(step);
      try {
        const isHeld = paths.some((path) => held.has(path));
        if (!isHeld && (await this.#works[at]?.undo()) !== false) continue;
        isUndone = false;
        if (!isHeld) continue;
      } catch (error) {
        failures.push(error);
      }
      for (const path of paths) held.add(path);
    }
    if (failures.length > 0) throw failures[0];
    if (!isUndone) return false;
    await removeEmpty(this.entry.folders, this.#files);
    await this.#flush();
    return true;
  }

  /** Removes what is not needed any more. */
  async finish(): Promise<void> {
    for (const work of this.#works) await work.finish();
    await removeEmpty(this.entry.emptied, this.#files);
  }

  #flush(): Promise<void> {
    return flushFolders([...this.entry.steps.flatMap(pathsOfStep), ...this.entry.folders].map(folderOf), this.#files);
  }
}
