import type { Companions } from '../../disk/companions.js';
import { fsErrorCode } from '../../disk/fs-error.js';
import { folderOf, nameOf } from '../../disk/normalise-path.js';
import { ModelshelfError } from '../../errors.js';
import type { FileOperations } from '../../ports/file-operations.js';
import { checkNameLength } from './model-file-name.js';

/** What a rename would make, and what is there. */
interface RenameTargets {
  /** Full paths with the new name, all in one folder. */
  readonly targets: readonly string[];
  /** The files that get them. */
  readonly sources: readonly string[];
  /** What already belongs to the new name. */
  readonly there: Companions;
}

/**
 * Throws `conflict` unless everything with the new name is free, and `validation_failed` when a name is too long. To be
 * called inside the lock.
 *
 * Invariant: a renamed model never takes the place, the sidecar or the preview of another one, nor a name that only the
 * composition of its characters tells from that of another file.
 */
export async function checkTargetsFree(
  { targets, sources, there }: RenameTargets,
  files: Pick<FileOperations, 'lstat' | 'readdir'>,
): Promise<void> {
  for (const target of targets) checkNameLength(nameOf(target));
  const mine = new Set(sources.map(nameOf));
  const claimed = [...there.sharedWith, ...there.files].map(nameOf).find((name) => !mine.has(name));
  if (claimed !== undefined) throw taken(claimed);
  const [first] = targets;
  if (first === undefined) return;
  const others = (await files.readdir(folderOf(first))).filter((name) => !mine.has(name));
  const byComposition = new Map(others.map((name) => [name.normalize('NFC'), name]));
  const mineInAnyCase = new Set([...mine].map(inAnyCase));
  for (const target of targets) {
    const name = nameOf(target);
    const twin = byComposition.get(name.normalize('NFC'));
    if (twin !== undefined) throw taken(twin);
    // Where case does not count, a model that only changes the case of its name finds itself.
    if (!mineInAnyCase.has(inAnyCase(name)) && (await exists(target, files))) throw taken(name);
  }
}

const inAnyCase = (name: string): string => name.normalize('NFC').toLowerCase();

function taken(name: string): ModelshelfError {
  return new ModelshelfError('conflict', 'A file with this name already exists', { details: { file_name: name } });
}

async function exists(path: string, files: Pick<FileOperations, 'lstat'>): Promise<boolean> {
  try {
    await files.lstat(path);
    return true;
  } catch (error) {
    if (fsErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}
