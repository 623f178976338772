import type { Stats } from 'node:fs';
import type { FileOperations } from '../ports/file-operations.js';
import { exclusiveRename } from './exclusive-rename.js';
import { statusAt } from './file-identity.js';

/**
 * One step of a plan, in the process that runs it or in one that finds it in a journal.
 *
 * Invariant: each of these may be cut short anywhere and called again; it looks at the disk, not at what was meant to be.
 */
export interface StepWork {
  /** Writes what needs space, under a temporary name. */
  prepare(): Promise<void>;
  act(): Promise<void>;
  isDone(): Promise<boolean>;
  /** Takes back whatever was done; false when that would need a place that something else has taken, or a file that is gone. */
  undo(): Promise<boolean>;
  /** Removes what was kept for the undoing. */
  finish(): Promise<void>;
}

/** Tells whether two names lead to one file, of which therefore one may be removed. */
export const areTwins = (one: Stats, other: Stats): boolean =>
  one.ino === other.ino && one.dev === other.dev && one.nlink >= 2;

/** Gives a file that was put under another name its path back; true when there is nothing to give. */
export async function giveBack(kept: string, path: string, files: FileOperations): Promise<boolean> {
  const waiting = await statusAt(kept, files);
  if (waiting === undefined) return true;
  const present = await statusAt(path, files);
  if (present === undefined) {
    await exclusiveRename(kept, path, files);
    return true;
  }
  if (!areTwins(waiting, present)) return false;
  await files.unlink(kept);
  return true;
}
